"""The API: the same words as the pages, as JSON. Errors are problem details (RFC 9457)."""

import datetime
import json
import logging
from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_from_request, override
from django.utils.translation import gettext_lazy as _
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from hoiro.claims import match
from hoiro.claims.answer import Answer, answer_for, listing, search
from hoiro.claims.ask import Asked, ask
from hoiro.claims.errors import MAX_CHARACTERS, ClaimsError
from hoiro.claims.models import Rating

logger = logging.getLogger(__name__)

Language = Literal["vi", "en"]
# Something that is not white space. Spelled out, because JSON Schema and Python disagree about \\s.
HAS_WORDS = r"[^\s\u0085\u001c-\u001f\ufeff]"


class WrongType(ClaimsError):
    """A body that is not declared as JSON."""

    code = "wrong_content_type"
    status = 415
    title = _("This address reads JSON only")
    detail = _("Send the question as JSON with the header Content-Type: application/json.")


class TooBig(ClaimsError):
    """A body larger than any question we read."""

    code = "too_big"
    status = 413
    title = _("The message is too long")
    detail = _("We can read up to 20,000 characters. Keep the part you want to check and send it again.")


class OneFieldWrong(Schema):
    """Which field is wrong, and why."""

    field: str = Field(examples=["text"])
    why: str = Field(examples=["String should have at least 1 character"])


class Problem(Schema):
    """RFC 9457: what went wrong, in the language of Accept-Language."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["The box is empty"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Write or paste the message you want to check, then send it."])
    code: str = Field(description="For programs; stays the same in every language.", examples=["empty"])
    errors: list[OneFieldWrong] = Field(default_factory=list)


class EvidenceOut(Schema):
    """A source."""

    publisher: str = Field(examples=["World Health Organization"])
    title: str
    url: str = Field(examples=["https://www.who.int/"])
    direction: Literal["supports", "refutes", "context"]
    date: datetime.date | None
    note: str


class AnswerOut(Schema):
    """A published finding. Guidance has no rating."""

    key: str = Field(examples=["covid-garlic"])
    kind: Literal["check", "guidance"]
    url: str = Field(description="The page for people.", examples=["/en/claims/covid-garlic"])
    topic: str = Field(examples=["covid-19"])
    topic_name: str = Field(examples=["COVID-19"])
    danger: Literal["none", "low", "high"]
    claim: str = Field(examples=["Eating garlic prevents or cures COVID-19."])
    rating: Literal["true", "mixture", "misleading", "unproven", "false"] | None
    rating_name: str = Field(examples=["Not proven"])
    short_answer: str
    explanation_html: str
    instead: str
    evidence: list[EvidenceOut]
    as_of: datetime.date
    review_by: datetime.date
    expired: bool = Field(description="Past its review-by date: never sent as an answer by itself.")
    language: str = Field(examples=["en"])
    only_other_language: bool = Field(description="It is not written in the language you asked for.")
    other_languages: list[str]
    starter: bool = Field(description="Starter content that no health professional has reviewed yet.")
    doctor_first: bool = Field(description="It rests on news and named experts: ask a doctor first.")


class ElsewhereOut(Schema):
    """A check by another publisher: its words, its rating, its page. Not a finding of this desk."""

    publisher: str = Field(examples=["Checkers"])
    site: str = Field(description="Where the link leads.", examples=["checkers.example"])
    url: str = Field(examples=["https://checkers.example/garlic"])
    claim: str = Field(examples=["Garlic water cures COVID-19"])
    title: str
    language: str = Field(description="Of the check; empty where its publisher does not say.", examples=["en"])
    rating: str = Field(description="In the publisher's own words.", examples=["Mostly false"])
    rating_value: float | None = Field(description="On the publisher's own scale.")
    rating_best: float | None
    rating_worst: float | None
    reviewed_on: datetime.date | None
    probability: float = Field(ge=0, le=1)
    answers: bool = Field(description="Surely about what was asked, and by a publisher whom this desk trusts.")


class HitOut(Schema):
    """What the engine thought of one claim."""

    key: str = Field(examples=["covid-garlic"])
    probability: float = Field(ge=0, le=1, examples=[0.97])
    reasons: list[str] = Field(examples=[["same-thing:tỏi"]])


class UrgentOut(Schema):
    """It may be an emergency: show the number before anything else."""

    kind: str = Field(examples=["poisoning"])
    number: str = Field(examples=["115"])


class FollowOut(Schema):
    """Shown once and stored only as a hash: whoever has it sees what becomes of the question."""

    token: str
    url: str = Field(examples=["/en/follow/3Q2-7wQ1m3mYc0dPq3bK8A"])


class AskIn(Schema):
    """A question."""

    text: str = Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        pattern=HAS_WORDS,
        examples=["uong nuoc toi co khoi covid ko"],
    )
    language: Language | None = Field(None, description="Of the answer; else Accept-Language decides.")
    none_of_these: bool = Field(
        False, strict=True, description="None of the suggestions is it: wait for the desk instead."
    )

    model_config = {"extra": "forbid"}


class AskOut(Schema):
    """What came of it. Committed before you read this."""

    decision: Literal["answer", "suggest", "unknown", "declined"]
    urgent: UrgentOut | None
    text: str = Field(description="The question without personal data, as it is stored.")
    read_as: str = Field(description="As understood; differs from `text` where tone marks were restored.")
    restored: bool
    answers: list[AnswerOut]
    suggestions: list[AnswerOut]
    guidance: list[AnswerOut] = Field(description="What to do, where something on the topic is sure.")
    hits: list[HitOut]
    elsewhere: list[ElsewhereOut] = Field(
        description="Where the desk has no answer of its own: what others found. With the decision `answer` and no "
        "`answers`, those of these that answer are all there is."
    )
    claim: str | None = Field(
        description="The open claim that the question joined or opened: always when not checked yet, and when none of "
        "the suggestions is likely."
    )
    follow: FollowOut | None = Field(description="Where to see what becomes of `claim`.")
    declined_why: str | None
    degraded: bool = Field(description="The embedding model is missing: words alone decided.")


class ClaimsOut(Schema):
    """One page of published findings."""

    items: list[AnswerOut]
    page: int
    pages: int
    total: int


class SearchOut(Schema):
    """Published findings about what you look for, best first."""

    items: list[AnswerOut]


class HealthOut(Schema):
    """How this process is. Never what anyone asked."""

    status: Literal["ok", "degraded"]
    degraded: bool = Field(description="The embedding model is missing: words alone decide, more strictly.")
    database: Literal["ok"]
    index_version: int
    published: int
    open: int


class Words(JSONRenderer):
    """JSON in UTF-8, readable as it is."""

    json_dumps_params = {"ensure_ascii": False}


class JsonParser(Parser):
    """JSON bodies only, and only when they say so."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values. Raises a problem rather than guessing."""
        if request.content_type != "application/json":
            raise WrongType
        try:
            return json.loads(request.body)
        except RequestDataTooBig as fault:
            raise TooBig from fault


Filter = Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9-]*$")]


class Api(NinjaAPI):
    """Describes itself with what ninja cannot say: problem details, and a header every address reads."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """As ninja's."""
        described = super().get_openapi_schema(**options)
        for operation in (each for methods in described["paths"].values() for each in methods.values()):
            operation.setdefault("parameters", []).append(
                {
                    "name": "Accept-Language",
                    "in": "header",
                    "schema": {"type": "string"},
                    "example": "en",
                    "description": "vi or en; Vietnamese when neither is named.",
                }
            )
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {"application/problem+json": response["content"]["application/json"]}
        return described


api = Api(
    title="Hỏi Rõ",
    version="1",
    description=(
        "Is this health message true? Ask, and get what a desk has found, with its sources and dates. "
        "Answers come in the language of `Accept-Language` (vi, en). "
        "No key is needed, nothing about who asks is kept."
    ),
    urls_namespace="api-1",
    docs_url=None,
    parser=JsonParser(),
    renderer=Words(),
)


def _problems(*statuses: int) -> dict[int, type[Problem]]:
    return dict.fromkeys((*statuses, 500, 503), Problem)


@api.post("/ask", response={200: AskOut, **_problems(400, 413, 415, 422)}, summary="Ask", operation_id="ask")
def ask_question(request: HttpRequest, question: AskIn) -> AskOut:
    """One question in; an answer, suggestions, "not checked yet" with a follow link, or a refusal out."""
    language = question.language or _language()
    with override(language):
        asked = ask(question.text, language=language, channel="api", file_anyway=question.none_of_these)
        return _asked_out(asked)


@api.get(
    "/claims",
    response={200: ClaimsOut, **_problems(422)},
    summary="Published findings",
    operation_id="claims",
)
def list_claims(
    request: HttpRequest,
    topic: Filter = "",
    language: Language | Literal[""] = "",
    rating: Literal["", "true", "mixture", "misleading", "unproven", "false"] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> ClaimsOut:
    """All that is published, newest finding first, fifty a page. `language` keeps what is written in it."""
    found = listing(language=language or _language(), topic=topic, rating=rating, in_language=language, page=page)
    return ClaimsOut(
        items=[_answer_out(each) for each in found.items],
        page=found.page,
        pages=found.pages,
        total=found.total,
    )


@api.get(
    "/claims/{key}",
    response={200: AnswerOut, **_problems(404, 422)},
    summary="One finding",
    operation_id="claim",
)
def one_claim(
    request: HttpRequest, key: Annotated[str, Field(json_schema_extra={"example": "covid-garlic"})]
) -> AnswerOut:
    """The published review of one claim or guidance."""
    return _answer_out(answer_for(key, _language()))


@api.get("/search", response={200: SearchOut, **_problems(422)}, summary="Search", operation_id="search")
def search_claims(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=400, example="tỏi covid")],
) -> SearchOut:
    """What is published about some words. Nothing is stored; to have something checked, ask."""
    return SearchOut(items=[_answer_out(each) for each in search(q, _language())])


@api.get("/health", response={200: HealthOut, **_problems()}, summary="Health", operation_id="health")
def api_health(request: HttpRequest) -> HealthOut | HttpResponse:
    """Is the database there, is the embedding model there, which index is in use."""
    return _health()


def health(request: HttpRequest) -> HttpResponse:
    """The same for load balancers, at /health."""
    found = _health()
    if isinstance(found, HttpResponse):
        return found
    return HttpResponse(found.model_dump_json(), content_type="application/json")


def no_such_address(request: HttpRequest) -> HttpResponse:
    """A problem instead of a page for whatever else is asked under /api/."""
    return problem(
        404, "not_found", _("There is nothing here"), _("See /api/v1/openapi.json for what there is to ask.")
    )


def problem(
    status: int,
    code: str,
    title: str | Promise,
    detail: str | Promise,
    errors: list[OneFieldWrong] | None = None,
) -> HttpResponse:
    """An answer of type application/problem+json."""
    body = Problem(
        type="about:blank",
        title=str(title),
        status=status,
        detail=str(detail),
        code=code,
        errors=errors or [],
    )
    return HttpResponse(body.model_dump_json(), status=status, content_type="application/problem+json")


class ApiMiddleware:
    """For /api/ only: the language by Accept-Language, and no page where a program expects a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the pages through untouched."""
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.method == "HEAD":
            # The server leaves the body out.
            request.method = "GET"
        with override(get_language_from_request(request)):
            response = self.get_response(request)
            if response.status_code == 405:
                refused = problem(
                    405,
                    "wrong_method",
                    _("This address does not do that"),
                    _("See the Allow header for what it does."),
                )
                refused["Allow"] = response["Allow"]
                response = refused
            response["Content-Language"] = get_language() or settings.LANGUAGE_CODE
            response["Cache-Control"] = "no-store"
            response["Vary"] = "Accept-Language"
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """LocaleMiddleware has just read the language off the address; an API address has none."""
        if request.path_info.startswith("/api/"):
            from django.utils.translation import activate

            activate(get_language_from_request(request))


@api.exception_handler(ClaimsError)
def _refused(request: HttpRequest, fault: ClaimsError) -> HttpResponse:
    return problem(fault.status, fault.code, fault.title, fault.detail)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    wrong = [
        OneFieldWrong(field=".".join(str(part) for part in error["loc"][1:]) or "body", why=str(error["msg"]))
        for error in fault.errors
    ]
    return problem(
        422,
        "invalid",
        _("The question cannot be read"),
        _("See errors for the fields that need another value."),
        wrong,
    )


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    # ninja turns whatever a parser raises into one of these.
    if isinstance(fault.__cause__, ClaimsError):
        return _refused(request, fault.__cause__)
    return problem(
        fault.status_code,
        "unreadable",
        _("The question cannot be read"),
        _("The body is not valid JSON in UTF-8."),
    )


@api.exception_handler(UnreadablePostError)
def _broken_off(request: HttpRequest, fault: UnreadablePostError) -> HttpResponse:
    return problem(400, "unreadable", _("The question cannot be read"), _("The connection broke off before its end."))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, fault: RequestDataTooBig) -> HttpResponse:
    return _refused(request, TooBig())


@api.exception_handler(Error)
def _no_database(request: HttpRequest, fault: Error) -> HttpResponse:
    logger.error("the database failed", exc_info=fault)
    return problem(503, "no_database", _("The database does not answer"), _("Please try again in a minute."))


@api.exception_handler(Exception)
def _our_fault(request: HttpRequest, fault: Exception) -> HttpResponse:
    logger.error("the API failed", exc_info=fault)
    return problem(500, "our_fault", _("This is our fault"), _("Nothing was stored. Please try again in a while."))


def _language() -> str:
    language = get_language() or settings.LANGUAGE_CODE
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _health() -> HealthOut | HttpResponse:
    try:
        connection.ensure_connection()
        index = match.state()
    except Error as fault:
        return _no_database(HttpRequest(), fault)
    return HealthOut(
        status="degraded" if index.degraded else "ok",
        degraded=index.degraded,
        database="ok",
        index_version=index.version,
        published=index.published,
        open=index.open,
    )


def _answer_out(answer: Answer) -> AnswerOut:
    view = "web:guidance" if answer.kind == "guidance" else "web:claim"
    return AnswerOut.model_validate(
        {
            **{name: getattr(answer, name) for name in AnswerOut.model_fields if hasattr(answer, name)},
            "url": reverse(view, args=[answer.key]),
            "rating": Rating(answer.rating).value if answer.rating else None,
            "evidence": [{name: getattr(line, name) for name in EvidenceOut.model_fields} for line in answer.evidence],
        }
    )


def _asked_out(asked: Asked) -> AskOut:
    return AskOut(
        decision=asked.decision,
        urgent=UrgentOut(kind=asked.urgent.kind, number=settings.HOIRO_EMERGENCY_NUMBER) if asked.urgent else None,
        text=asked.text,
        read_as=asked.read_as,
        restored=asked.restored,
        answers=[_answer_out(each) for each in asked.answers],
        suggestions=[_answer_out(each.answer) for each in asked.suggestions],
        guidance=[_answer_out(each) for each in asked.guidance],
        hits=[HitOut(key=hit.key, probability=hit.probability, reasons=list(hit.reasons)) for hit in asked.hits],
        elsewhere=[
            ElsewhereOut.model_validate({name: getattr(check, name) for name in ElsewhereOut.model_fields})
            for check in asked.elsewhere
        ],
        claim=asked.claim,
        follow=(
            FollowOut(token=asked.follow, url=reverse("web:follow", args=[asked.follow])) if asked.follow else None
        ),
        declined_why=asked.declined_why,
        degraded=asked.degraded,
    )
