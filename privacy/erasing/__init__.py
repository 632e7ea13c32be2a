"""Erasing one person everywhere.

who        what identifies the person: ids, addresses, names
links      what hangs on contacts by foreign key: found from the models, deleted unless the table here says otherwise
places     what knows contacts by plain ids or holds their values: a table, and a test walks the database for what it forgot
uploads    the rows of uploaded files
process    the whole of it: in one transaction, then the files, then the certificate
"""
