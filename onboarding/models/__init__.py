from onboarding.models.acceptance import Acceptance
from onboarding.models.progress import Progress
from onboarding.models.trial_use import TrialUse

__all__ = ["Acceptance", "Progress", "TrialUse"]
