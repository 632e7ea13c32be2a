"""Connections to other services: one of each per location, with their state, their log and what they are told."""
