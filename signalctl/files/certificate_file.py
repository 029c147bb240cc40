"""The certificates of a plan file, beside it: plans.yaml -> plans.certificates.json.

    {
      "schema": "signalctl/certificates/1",
      "plans": "plans.yaml",
      "certificates": [
        {"junction": "J1", "plan_hash": "sha256:...", "junction_hash": "sha256:...",
         "rules": "as-surveyed", "rules_version": "sha256:...",
         "issued_at": "2026-11-22T08:00:00+00:00", "issued_by": "anna",
         "evidence": {"scenario": "...", "scenario_hash": "...", "seeds": [1, 2, 3],
                      "measures": {"total_delay_s": {"median": 31.2, "low": 30, "high": 32}}},
         "hash": "sha256:..."}
      ]
    }

`hash` is that of the certificate: it shows a slip, not a forger, who can compute it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.atomic import write_atomic
from signalctl.files.bounded import read_text

CERTIFICATES_SCHEMA: Final = "signalctl/certificates/1"
SUFFIX: Final = ".certificates.json"
MAX_BYTES: Final = 16 * 1024 * 1024
"""A certificate is about 1 kB: a thousand junctions are 1 MB."""
_REMEDY: Final = "Issue the certificates anew with signalctl certify."

Text = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Figure = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Interval(_Strict):
    median: Figure
    low: Figure
    high: Figure


class _Evidence(_Strict):
    scenario: Text
    scenario_hash: Hash
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=1000)]
    measures: Annotated[dict[Text, _Interval], Field(max_length=64)]


class _Certificate(_Strict):
    junction: Text
    plan_hash: Hash
    junction_hash: Hash
    rules: Text
    rules_version: Text
    issued_at: Annotated[str, Field(max_length=40)]
    issued_by: Text
    evidence: _Evidence | None = None
    hash: Hash


class _File(_Strict):
    # A field cannot be called `schema`: pydantic's own method is.
    kind: Annotated[Literal["signalctl/certificates/1"], Field(alias="schema")]
    plans: Text
    certificates: Annotated[tuple[_Certificate, ...], Field(max_length=20_000)]


def certificates_path(plans: Path) -> Path:
    """Where the certificates of a plan file lie: beside it, with its own name."""
    return plans.with_suffix(SUFFIX)


def write_certificates(path: Path, plans: Path, certificates: Iterable[Certificate]) -> None:
    """Write the certificates of the plan file `plans` to `path`, whole or not at all."""
    document = {
        "schema": CERTIFICATES_SCHEMA,
        "plans": plans.name,
        "certificates": [certificate_document(each) for each in certificates],
    }
    write_atomic(path, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_certificates(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a file, at most one a junction.

    Raises InputError for a file that is missing, too large, no such document, has a
    field too many, too few or out of range, or says something else than its hashes.
    """
    text = read_text(path, MAX_BYTES, remedy="Issue certificates with signalctl certify.")
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"This is no JSON: {error}.", where=str(path), remedy=_REMEDY) from error
    certificates = tuple(
        _certificate(each, str(path)) for each in _parsed(_File, document, str(path)).certificates
    )
    named = [each.junction_id for each in certificates]
    twice = sorted({name for name in named if named.count(name) > 1}) if _repeats(named) else []
    if twice:
        raise InputError(
            f"Junction {twice[0]!r} has two certificates.", where=str(path), remedy=_REMEDY
        )
    return certificates


def certificate_document(certificate: Certificate) -> dict[str, Any]:
    """A certificate as JSON values, its hash last."""
    evidence = certificate.evidence
    return {
        "junction": certificate.junction_id,
        "plan_hash": certificate.plan_hash,
        "junction_hash": certificate.junction_hash,
        "rules": certificate.rules,
        "rules_version": certificate.rules_version,
        "issued_at": certificate.issued_at.isoformat(),
        "issued_by": certificate.issued_by,
        "evidence": None
        if evidence is None
        else {
            "scenario": evidence.scenario,
            "scenario_hash": evidence.scenario_hash,
            "seeds": list(evidence.seeds),
            "measures": {
                name: {"median": each.median, "low": each.low, "high": each.high}
                for name, each in evidence.measures.items()
            },
        },
        "hash": certificate.hash,
    }


def certificate_of(document: object, where: str) -> Certificate:
    """The certificate that `certificate_document` made JSON of; raises InputError for else."""
    return _certificate(_parsed(_Certificate, document, where), where)


def _parsed(kind: type[Model], document: object, where: str) -> Model:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        more = error.error_count() - 1
        field = ".".join(str(part) for part in first["loc"]) or "document"
        raise InputError(
            f"{field}: {first['msg']}." + (f" ({more} more like this)" if more else ""),
            where=where,
            remedy=_REMEDY,
        ) from error


def _certificate(model: _Certificate, place: str) -> Certificate:
    where = f"{place}: certificate of {model.junction}"
    try:
        issued_at = datetime.fromisoformat(model.issued_at)
    except ValueError as error:
        raise InputError(f"{model.issued_at!r} is no time.", where=where, remedy=_REMEDY) from error
    if issued_at.tzinfo is None:
        raise InputError(f"{model.issued_at!r} has no time zone.", where=where, remedy=_REMEDY)
    evidence = model.evidence
    certificate = Certificate(
        junction_id=model.junction,
        plan_hash=model.plan_hash,
        junction_hash=model.junction_hash,
        rules=model.rules,
        rules_version=model.rules_version,
        issued_at=issued_at,
        issued_by=model.issued_by,
        evidence=None
        if evidence is None
        else Evidence(
            scenario=evidence.scenario,
            scenario_hash=evidence.scenario_hash,
            seeds=evidence.seeds,
            measures=FrozenMap(
                {
                    name: Interval(median=each.median, low=each.low, high=each.high)
                    for name, each in evidence.measures.items()
                }
            ),
        ),
    )
    if certificate.hash != model.hash:
        raise InputError(
            "The certificate was changed after it was issued.", where=where, remedy=_REMEDY
        )
    return certificate


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is given twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no figure")
