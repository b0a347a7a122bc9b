"""The reading side: who may see what, and the lists made of it. Reads only; no function here changes a row."""
