"""Companies, their locations, the people who work there and what they may do.

Owns Company, Location, User, Membership, Session. Calls journal and core. Verbs: company.*, location.*, user.*,
membership.*.
"""
