"""The API's framework: routes, resources, bodies, pagers, limits, errors. It knows no domain word.

A noun lives in its own app (`contacts/api/notes.py`); this package turns its class into operations. Order of checks,
always: version, token, class of the token, scope, owner of the named location, limits, validation, existence.
"""
