"""Deals and the pipelines they move through.

Owns Pipeline, Stage, LostReason, Opportunity. Calls contacts and below. Verbs: pipeline.*, stage.*, lost_reason.*,
opportunity.*.
"""
