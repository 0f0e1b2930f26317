"""One class a field type: what it is called in a form, how it is parsed, refused, warned about and shown."""

from portal.engine.fields.choosing import Captcha, Choice, Consent, YesNo
from portal.engine.fields.contact import Email, Phone
from portal.engine.fields.field_type import FieldContext, FieldType
from portal.engine.fields.identity import Kk, Nik, nik_birth_date
from portal.engine.fields.moment import Date, Moment, Time
from portal.engine.fields.password import Password, password_problem
from portal.engine.fields.region import Region
from portal.engine.fields.text import Name, Number, Text, TextArea, same_name

FIELD_TYPES: dict[str, FieldType] = {
    "text": Text(),
    "name": Name(),
    "textarea": TextArea(),
    "nik": Nik(),
    "kk": Kk(),
    "phone": Phone(),
    "email": Email(),
    "date": Date(),
    "datetime": Moment(),
    "time": Time(),
    "number": Number(),
    "choice": Choice(),
    "yes_no": YesNo(),
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
    "password_problem",
    "same_name",
]
