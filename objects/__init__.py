"""Custom fields and custom values: what a location adds to the standard records.

Owns CustomField, FieldFolder, CustomValue. Calls accounts, journal, core. Verbs: custom_field.*, custom_value.*.
"""
