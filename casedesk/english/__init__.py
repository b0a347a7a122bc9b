"""The desk in English: which words there are (catalogue), how a Chinese text is read (reader), and a page (page)."""
