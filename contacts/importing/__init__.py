"""From a CSV file to contacts, in steps that each leave the next one nothing to guess.

sniffing   what the upload is: encoding, delimiter, header; or why it is none
columns    which column goes to which field, by its header
reading    the file, chunk by chunk, into a staging table (converting does the cells)
deciding   what each row will do, as SQL over the staging table
checking   reading and deciding, with progress: the preview rests on it
batches    one batch of rows; applying writes it to contacts, changing is the part that updates, as SQL
running    all batches, resumable after any of them
undoing    the way back
preview    the rows of the check as a page shows them; rejects: those left out, as a file
"""
