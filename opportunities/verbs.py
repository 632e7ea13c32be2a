"""The verbs of pipelines and of the opportunities in them."""

from journal.verbs import define
from opportunities.payloads import opportunities

SETTING = {"icon": "board", "kind": "settings"}
CHANGED: dict[str, tuple[str, ...]] = {"OpportunityUpdate": ()}  # told beside the event of the one thing that changed
DEAL = {"icon": "board", "kind": "opportunity"}

define("pipeline.created", "added the pipeline {name}", **SETTING)
define("pipeline.updated", "changed {fields} of the pipeline", **SETTING)
define("pipeline.deleted", "deleted the pipeline {name}", **SETTING)
define("pipeline.restored", "restored the pipeline {name}", **SETTING)
define("pipeline.purged", "deleted the pipeline {name} for good", **SETTING)
define("stage.created", "added the stage {name}", **SETTING)
define("stage.updated", "changed {fields} of the stage", **SETTING)
define("stage.deleted", "deleted the stage {name}", **SETTING)
define("lost_reason.created", "added the lost reason {name}", icon="list", kind="settings")
define("lost_reason.updated", "renamed a lost reason", icon="list", kind="settings")
define("lost_reason.deleted", "deleted the lost reason {name}", icon="list", kind="settings")
define(
    "opportunity.created",
    "added the opportunity {name}",
    webhook="OpportunityCreate",
    payloads=opportunities,
    trigger="Opportunity created",
    **DEAL,
)
define(
    "opportunity.updated",
    "changed {fields} of the opportunity {name}",
    webhook="OpportunityUpdate",
    payloads=opportunities,
    trigger="Opportunity changed",
    **DEAL,
)
define("opportunity.arranged", "moved the opportunity within its stage", **DEAL)
define(
    "opportunity.stage_changed",
    "moved {name} from {from} to {to}",
    webhook="OpportunityStageUpdate",
    also=CHANGED,
    payloads=opportunities,
    trigger="Pipeline stage changed",
    **DEAL,
)
define(
    "opportunity.status_changed",
    "marked {name} as {status}",
    icon="flag",
    kind="opportunity",
    webhook="OpportunityStatusUpdate",
    also=CHANGED,
    payloads=opportunities,
    trigger="Opportunity status changed",
)
define(
    "opportunity.value_changed",
    "changed the value of {name}",
    icon="money",
    kind="opportunity",
    webhook="OpportunityMonetaryValueUpdate",
    also=CHANGED,
    payloads=opportunities,
)
define(
    "opportunity.assigned",
    "changed the owner of {name}",
    icon="user",
    kind="opportunity",
    webhook="OpportunityAssignedToUpdate",
    also=CHANGED,
    payloads=opportunities,
)
define(
    "opportunity.rescheduled",
    "moved the expected close date of {name}",
    icon="calendar",
    kind="opportunity",
    webhook="OpportunityUpdate",
    payloads=opportunities,
)
define(
    "opportunity.tagged",
    "added the tag {added} to {name}",
    icon="tag",
    kind="opportunity",
    webhook="OpportunityUpdate",
    payloads=opportunities,
)
define(
    "opportunity.untagged",
    "removed the tag {removed} from {name}",
    icon="tag",
    kind="opportunity",
    webhook="OpportunityUpdate",
    payloads=opportunities,
)
define("opportunity.followed", "added a follower to {name}", icon="eye", kind="opportunity")
define("opportunity.unfollowed", "removed a follower from {name}", icon="eye", kind="opportunity")
define("opportunity.joined", "added {contact} to {name}", icon="people", kind="opportunity")
define("opportunity.left", "took {contact} off {name}", icon="people", kind="opportunity")
define(
    "opportunity.deleted",
    "moved the opportunity {name} to the trash",
    icon="trash",
    kind="opportunity",
    webhook="OpportunityDelete",
    payloads=opportunities,
)
define(
    "opportunity.restored",
    "restored the opportunity {name}",
    icon="restore",
    kind="opportunity",
    webhook="OpportunityCreate",
    payloads=opportunities,
)
define("opportunity.purged", "deleted an opportunity for good", icon="trash", kind="opportunity")
