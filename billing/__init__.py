"""What a company pays HoopAI for, and what that lets it do: plans, limits and the meters that count against them.

Calls accounts and below; knows nothing of what is counted. Verbs: plan.*, limit.*.
"""
