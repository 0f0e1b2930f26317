"""What somebody types into each of the five registrations; numbers and mailboxes are nobody's."""

from __future__ import annotations

PASSWORD = "payung merah di teras"
TWICE = {"password": PASSWORD, "password_again": PASSWORD}
CITY = {"region-province": "33", "region-regency": "33.26"}
DOCUMENTS = ("dok-ktp", "dok-npwp")  # what a company's head office must give the quarantine agency

TRAVELLER = {
    "nik": "9901014508900021",
    "name": "RANI PUTRI",
    "email": "rani@gmail.com",
    "username": "rani.putri",
    **TWICE,
    "born_on": "1990-08-05",
    "phone": "081234567821",
    "sex": "p",
    **CITY,
    "region-district": "33.26.07",
    "street": "Jalan Mawar 1",
    "consent": "yes",
}
PERSON = {
    "nik": "9901014508900021",
    "occupation": "Peneliti",
    "name": "RANI PUTRI",
    "street": "Jalan Mawar 1",
    "phone": "081234567821",
    **CITY,
    "email": "rani@example.com",
    "username": "rani.putri",
    **TWICE,
}
COMPANY = {
    "nik": "9901014508900021",
    "occupation": "Direktur",
    "name": "RANI PUTRI",
    "street": "Jalan Mawar 1",
    "phone": "081234567821",
    **CITY,
    "company_name": "PT Awan",
    "company_street": "Jalan Langit 2",
    "company_region-province": "33",
    "company_region-regency": "33.26",
    "company_email": "kantor@example.com",
    "company_phone": "02112345678",
    "email": "rani@example.com",
    "username": "pt.awan",
    **TWICE,
    "consent": "yes",
}
PORT_USER = {
    "permit": "NIB-123",
    "company_name": "PT Laut Biru",
    **CITY,
    "street": "Jalan Pelabuhan 1",
    "phone": "02112345678",
    "kkp": "01",
    "branch": "01-01",
    "email": "laut@example.com",
    **TWICE,
    "consent": "yes",
}
TRADER = {
    "upt": "3300",
    "npwp": "0123456782000000",
    "phone": "02112345678",
    **CITY,
    "street": "Jalan Kapal 3",
    "signer_name": "BUDI SANTOSO",
    "signer_position": "Direktur",
    "contact_name": "SITI AMINAH",
    "contact_phone": "081234567821",
    "activities-export": "yes",
    "company_type": "ppjk",
    "frequency": "12",
    "commodities-ikan": "yes",
    "consent": "yes",
}
