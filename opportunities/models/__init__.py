from opportunities.models.opportunity import Opportunity, Participant, may_see_values, value_for
from opportunities.models.pipeline import LostReason, Pipeline, Stage

__all__ = ["LostReason", "Opportunity", "Participant", "Pipeline", "Stage", "may_see_values", "value_for"]
