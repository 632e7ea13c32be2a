"""The ground floor: scope, tenancy, ids, clock, errors, outgoing HTTP, money-free helpers.

Owns no models and knows no domain word; every other app may import it and it imports none of them.
"""
