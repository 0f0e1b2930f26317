"""Drawn samples of the documents that are asked for (SIN-54)."""

from __future__ import annotations

from flask import Response

from portal.auth import requires
from portal.blueprints.applicant import bp
from portal.errors import NotFound
from portal.queries.catalogue import catalogue
from portal.web.fragments import answer


@bp.get("/contoh/<sample>")
@requires("everyone")
def show_sample(sample: str) -> Response:
    """One sample, large, with the names of the documents that look like it."""
    labels = {
        item.label: item.note
        for services in catalogue().services.values()
        for service in services.values()
        for item in service.documents
        if item.sample == sample
    }
    if not labels:
        raise NotFound("sample")
    return answer("applicant/sample.html", sample=sample, labels=labels)
