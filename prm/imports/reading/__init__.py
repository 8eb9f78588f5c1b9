"""Reading tables from files: what a file is, how it is written, and its rows, in bounded memory."""
