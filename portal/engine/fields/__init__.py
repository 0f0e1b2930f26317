"""One class a field type: what it is called in a form, how it is parsed, refused, warned about and shown."""

from portal.engine.fields.choosing import Captcha, Choice, Choices, Consent, YesNo
from portal.engine.fields.contact import Email, Phone, Telephone
from portal.engine.fields.field_type import FieldContext, FieldType, none_key
from portal.engine.fields.identity import Kk, Nik, nik_birth_date
from portal.engine.fields.moment import Date, Moment, Time
from portal.engine.fields.office import OfficeChoice
from portal.engine.fields.papers import Nitku, Npwp, PassportNumber
from portal.engine.fields.password import Password, password_problem
from portal.engine.fields.region import Region
from portal.engine.fields.text import Name, Number, Text, TextArea, same_name
from portal.engine.fields.username import Username

FIELD_TYPES: dict[str, FieldType] = {
    "text": Text(),
    "name": Name(),
    "textarea": TextArea(),
    "nik": Nik(),
    "kk": Kk(),
    "npwp": Npwp(),
    "nitku": Nitku(),
    "passport_number": PassportNumber(),
    "username": Username(),
    "phone": Phone(),
    "telephone": Telephone(),
    "email": Email(),
    "date": Date(),
    "datetime": Moment(),
    "time": Time(),
    "number": Number(),
    "choice": Choice(),
    "choices": Choices(),
    "yes_no": YesNo(),
    "office": OfficeChoice(),
    "region": Region(),
    "password": Password(),
    "captcha": Captcha(),
    "consent": Consent(),
}


def field_type(name: str) -> FieldType:
    """The type of that name; `engine.check` has already refused unknown ones."""
    return FIELD_TYPES[name]


__all__ = [
    "FIELD_TYPES",
    "FieldContext",
    "FieldType",
    "field_type",
    "nik_birth_date",
    "none_key",
    "password_problem",
    "same_name",
]
