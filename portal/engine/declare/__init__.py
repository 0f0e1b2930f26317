"""The vocabulary in which agencies declare themselves, as frozen pydantic models.

Every scalar of a declaration arrives as a string (YAML is read so), which is why
`yes` and `no` are words here and durations are written `7d` or `36h`.
"""

from portal.engine.declare.agencies import Agency, Catalogue, Consent, Group, Message, Office, Role
from portal.engine.declare.lists import Box, CaseList, Column, Dashboard
from portal.engine.declare.services import (
    Availability,
    Delivery,
    Output,
    OutputText,
    Registration,
    Reset,
    Service,
    SubjectDeclaration,
)
from portal.engine.declare.steps import (
    STEP_KINDS,
    DocumentDeclaration,
    DocumentsStep,
    FieldDeclaration,
    FormStep,
    Option,
    ReviewStep,
    Step,
)
from portal.engine.declare.words import Declared, Duration, Key, Tone, When, Words, YesNo
from portal.engine.declare.workflows import Action, Confirmation, Effect, State, Timer, Workflow

__all__ = [
    "STEP_KINDS",
    "Action",
    "Agency",
    "Availability",
    "Box",
    "CaseList",
    "Catalogue",
    "Column",
    "Confirmation",
    "Consent",
    "Dashboard",
    "Declared",
    "Delivery",
    "DocumentDeclaration",
    "DocumentsStep",
    "Duration",
    "Effect",
    "FieldDeclaration",
    "FormStep",
    "Group",
    "Key",
    "Message",
    "Office",
    "Option",
    "Output",
    "OutputText",
    "Registration",
    "Reset",
    "ReviewStep",
    "Role",
    "Service",
    "State",
    "Step",
    "SubjectDeclaration",
    "Timer",
    "Tone",
    "When",
    "Words",
    "Workflow",
    "YesNo",
]
