"""People, the businesses they work for, and what staff note about them: the hub of the CRM.

Owns Contact, Business, Tag, Note, Task, SmartList, BulkAction, Import. Calls objects, accounts, journal, core.
Verbs: contact.*, business.*, tag.*, note.*, task.*, smart_list.*, bulk_action.*, import.*.
"""
