"""Papers as files: the frozen content of a paper laid out as PDF, PNG and DOCX, bound as a file, packed for others."""
