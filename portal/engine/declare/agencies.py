"""An agency with its offices, roles, consents and messages; and the catalogue of all."""

from __future__ import annotations

from typing import Literal

from portal.engine.declare.lists import CaseList, Dashboard
from portal.engine.declare.services import Service
from portal.engine.declare.words import Declared, Key, YesNo
from portal.engine.declare.workflows import Workflow


class Message(Declared):
    """One message: a short WhatsApp template, an e-mail, and a line for the inbox.

    Values are named in braces; which ones a message may use is
    `engine.messages.MESSAGE_VALUES`.
    """

    key: Key
    channels: tuple[Literal["whatsapp", "email", "inbox"], ...] = ("whatsapp", "email", "inbox")
    whatsapp: str
    subject: str
    email: str


class Consent(Declared):
    version: str
    title: str
    text: str


class Role(Declared):
    label: str
    signs: YesNo = False
    supervises: YesNo = False
    administers: YesNo = False  # gives duties to the officers of the agency, or of the own office
    level: Literal["agency", "office"] = "agency"  # office: a duty in this role names one office
    recovers: YesNo = False  # looks at the KTP-el of who lost password and phone, or confirms that somebody did
    protects: YesNo = False  # answers for personal data: requests of their owners, breaches


class Group(Declared):
    """Applicants who may apply for other people: midwives, village offices, schools."""

    label: str
    consent: str  # key of the agency's text by which a member declares that the other person agreed


class Office(Declared):
    code: str
    name: str
    zone: str
    address: str = ""
    region: str = ""
    parent: str = ""


class Agency(Declared):
    code: Key
    name: str
    short_name: str
    application_name: str
    application_title: str
    zone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
    accent: str = ""
    region: str = ""  # official code of the area, such as 33.26
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], str]
    hours_title: str
    call_centre: str  # E.164
    address: str = ""
    roles: dict[str, Role]
    consents: dict[str, Consent]
    groups: dict[str, Group] = {}  # what an applicant may be raised into; services name them as their audience
    reasons: dict[str, str] = {}  # ready-made reasons, in plain words
    settings: dict[str, str] = {}
    head_office: str = ""  # a duty there covers every office of the agency
    lists: dict[Key, CaseList] = {}  # what its officers have in their menu, besides the lists that all agencies have
    dashboard: Dashboard | None = None


class Catalogue(Declared):
    """Everything declared, keyed by code; what `engine.load` returns."""

    agencies: dict[str, Agency]
    offices: dict[str, tuple[Office, ...]]
    services: dict[str, dict[str, Service]]  # agency -> code -> service
    workflows: dict[str, dict[str, Workflow]]
    messages: dict[str, dict[str, Message]]

    def agency(self, code: str) -> Agency:
        return self.agencies[code]

    def service(self, agency: str, code: str) -> Service | None:
        return self.services.get(agency, {}).get(code)

    def workflow(self, agency: str, code: str) -> Workflow:
        return self.workflows[agency][code]

    def registration(self, agency: str) -> Service | None:
        services = self.services.get(agency, {}).values()
        return next((s for s in services if s.kind == "registration"), None)
