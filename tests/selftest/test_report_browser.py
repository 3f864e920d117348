"""report.html in a real Chromium: it filters, opens, links and copies, harms nobody, and anybody can use it."""

from __future__ import annotations

import itertools
import json
import os
import struct
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from contracts.report import html
from contracts.report.page.word import ORDER
from tests.selftest import browser as chromium
from tests.selftest import reports_at_hand as at_hand

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
CASE = "404-acl-id/getAccessListById/deleted"
MANY = 10_000
LISTED = 100  # cases that a row lists at once
HEAVIEST = 150 * 1024  # bytes of a screenshot
EVIL = (
    "<script>window.harmed=1</script><img src=x onerror='window.harmed=1'>\"'><svg onload=window.harmed=1></script></style>--><!--"
)
EVIL += "\u202eevil\u2066\u200b\x00\x07\x1b[2J{{7*7}}javascript:alert(1)"
MEBIBYTE = 1_048_576
KEPT = {"verdict", "severity", "kind"}
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium.opened() as started:
        yield started


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with every verdict, gate, deviations and trend included."""
    results = at_hand.document()
    folder = tmp_path_factory.mktemp("page")
    return html.write(at_hand.with_gate(results), folder, at_hand.traffic(folder / "traffic", results), at_hand.trend(results))


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[Opened]:
    """Opens a page from disk, at a fragment of its address, once its script is done. What it asks of any network is a failure."""
    contexts, heard = [], []

    def open_at(fragment: str = "", path: Path = written, **how: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "permissions": ["clipboard-read", "clipboard-write"], **how})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: heard.append(request.url))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
        page.goto(f"{path.as_uri()}{fragment and '#'}{fragment}")
        if how.get("java_script_enabled", True):
            page.wait_for_selector("html.ready", state="attached")
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert [one for one in heard if not one.startswith(("file://", "data:,"))] == []
    assert len([one for one in heard if one.startswith("file://")]) <= len(contexts)  # the page itself, and nothing beside it


def rows(page: Page) -> list[str]:
    """The ids of the lines that are in view."""
    found: list[str] = page.locator(".line:visible .id").all_inner_texts()
    return found


def open_all(page: Page) -> None:
    """Open every row, and the first cases of each."""
    page.evaluate("for (const each of document.querySelectorAll('button.opener')) each.click()")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    expect(page.locator(".case .inside", has_text="…").filter(has_not=page.locator("*"))).to_have_count(0)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


def below_the_bars(page: Page, place: Locator) -> None:
    """Wait until a place stands right below what sticks to the top."""
    bar = page.locator("#rows thead th").first.bounding_box()
    assert bar
    page.wait_for_function(
        "([place, top]) => { const y = place.getBoundingClientRect().y; return top <= y && y < top + 40 }",
        arg=[place.element_handle(), bar["y"] + bar["height"]],
    )


# ---- What is in view


def test_a_page_from_disk_shows_target_and_verdict_on_top(opened: Opened) -> None:
    """In one line; then all rows, as the published page orders them, and the checks."""
    page = opened()
    assert page.locator("h1").inner_text().split() == ["error", "gate:", "fail", "staging", at_hand.HOST]
    assert rows(page) == [*(row["id"] for row in at_hand.document()["rows"]), "order", "stateful", "generated", "traffic"]
    expect(page.locator(".shown")).to_have_text("38 of 38 rows, 226 of 226 cases")


# ---- Filters


@pytest.mark.parametrize(
    ("choose", "shown"),
    [
        (lambda page: page.locator("[data-verdict=error]").click(), ["400-project-exists"]),
        (lambda page: page.locator("[data-verdict=not_exercised]").click(), ["404-export-key"]),
        (lambda page: page.get_by_label("Status").select_option("403 FORBIDDEN"), ["403-forbidden"]),
        (lambda page: page.get_by_label("Resource").select_option("Projects"), ["400-project-exists", "404-project-config-key"]),
        (lambda page: page.get_by_label("Text").fill("LISTS  ip must"), ["400-acl-needs-ip-range"]),
        (lambda page: page.get_by_label("Text").fill("no such list"), ["400-project-exists"]),
        (lambda page: page.get_by_label("Text").fill("stateful"), ["stateful"]),
        (lambda page: page.get_by_label("Text").fill("nothing like that"), []),
    ],
    ids=["verdict", "not-exercised", "status", "resource", "words-of-a-message", "reason", "check", "nothing"],
)
def test_filters_leave_what_fits(opened: Opened, choose: Callable[[Page], object], shown: list[str]) -> None:
    """By verdict, status, resource and text; the counts follow, and one button brings all back."""
    page = opened()
    choose(page)
    assert rows(page) == shown
    documented = len([row for row in shown if row[:1].isdigit()])
    expect(page.locator(".shown")).to_contain_text(f"{documented} of 38 rows")
    expect(page.locator(".empty")).to_be_visible(visible=not shown)
    page.get_by_role("button", name="Clear").click()
    assert len(rows(page)) == 42
    expect(page.get_by_role("button", name="Clear")).to_be_hidden()


def test_filters_hold_for_the_cases_of_an_open_row(opened: Opened) -> None:
    """Of a row in which one case failed to be judged, that one is listed."""
    page = opened("404-call-id")
    assert page.locator(".case").count() == 6
    page.locator("[data-verdict=inconclusive]").click()
    assert page.locator(".case:visible .name b").all_inner_texts() == ["getPcap/deleted", "getCall/deleted"]
    assert page.url.endswith("#?verdict=inconclusive")


def test_filters_stand_in_the_address(opened: Opened) -> None:
    """Whoever opens a copied address sees the same."""
    page = opened("?verdict=fail%2Cerror&text=exists")
    assert rows(page) == ["400-customer-exists", "400-project-exists"]
    assert page.get_by_label("Text").input_value() == "exists"


# ---- Rows, cases, links


def test_a_link_opens_its_row(opened: Opened) -> None:
    """`#404-acl-id` opens the row, in view below what sticks to the top, with the focus on it."""
    page = opened("404-acl-id")
    button = page.locator("[id='404-acl-id'] button.opener")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_be_focused()
    below_the_bars(page, button)
    assert page.locator(".case").count() == 6


def test_a_link_opens_its_case(opened: Opened) -> None:
    """Expected against actual with what differs marked, the set-up as steps, and the judged exchange as request and response."""
    page = opened(CASE)
    case = page.locator(".case[open]")
    expect(case.locator("summary").first).to_be_focused()
    below_the_bars(page, case.locator("summary").first)
    assert case.locator(".finding del").all_inner_texts() == ["'", "'"]
    assert case.locator(".finding ins").all_inner_texts() == ["\u2019", "\u2019"]
    steps = case.locator(".step > summary").all_inner_texts()
    assert ["set-up" in step for step in steps] == [True, False, False, False]
    assert ["judged" in step for step in steps] == [False, True, True, False]
    expect(case.locator(".due .badge")).to_have_text("known deviation")
    request, response = case.locator(".pair > div").all()[:2]
    assert "GET https://trunks.example.test/v1/projects" in request.inner_text()
    assert '"code": 404,\n  "status": "NOT_FOUND"' in response.inner_text()
    left, right = request.bounding_box(), response.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]


def test_a_body_is_laid_out_and_not_rewritten(opened: Opened) -> None:
    """Its tokens stay as they came: a number's spelling, or a member that comes twice, may be the fault. What is no JSON stays."""
    page = opened()
    bodies = [r'{"code":404.0,"code":1e2,"m":"a,{\"b\u00e9","d":[ ],"e":[{},null]}', "<html>, {", "[1"]
    laid = [page.evaluate("laidOut", body) for body in bodies]
    assert laid[1:] == bodies[1:]
    assert laid[0].splitlines() == [
        "{",
        '  "code": 404.0,',
        '  "code": 1e2,',
        r'  "m": "a,{\"b\u00e9",',
        '  "d": [],',
        '  "e": [',
        "    {},",
        "    null",
        "  ]",
        "}",
    ]


def test_a_link_is_followed_within_the_page(opened: Opened) -> None:
    """As from the example of an undocumented error to its check, whatever is filtered."""
    page = opened("?text=acl-id")
    page.locator(".stray summary").first.click()
    page.locator(".stray a").first.click()
    expect(page.locator(".case[open] .name")).to_contain_text("getSipTrunks")
    assert len(rows(page)) == 42


def test_a_link_to_nothing_harms_nothing(opened: Opened) -> None:
    """A row of an older run, or half an escape."""
    for fragment in ("no-such-row", "%E0%A4%A", "?verdict=no", "<b>"):
        assert len(rows(opened(fragment))) in {0, 42}


def test_the_address_follows_what_is_opened(opened: Opened) -> None:
    """A row, then a case of it; and nothing once the row is closed."""
    page = opened()
    button = page.locator("[id='404-acl-id'] button.opener")
    button.click()
    assert page.url.endswith("#404-acl-id")
    page.locator(".case summary").first.click()
    page.wait_for_url("**#404-acl-id/getAccessListById/unissued")
    button.click()
    assert page.url.endswith("#")
    expect(page.locator(".detail")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "copied"),
    [
        ("Copy link", f"/report.html#{CASE}"),
        ("Copy command to run it again", f" -k {CASE} --base-url https://trunks.example.test --profile staging"),
        ("Copy command to replay it", f" {CASE}"),
        ("Copy as curl", "curl -i https://trunks.example.test/v1"),
    ],
)
def test_what_is_copied_can_be_pasted(opened: Opened, name: str, copied: str) -> None:
    """The button says that it was done, to a screen reader too."""
    page = opened(CASE)
    button = page.locator(".case[open]").get_by_role("button", name=name, exact=True).first
    button.click()
    expect(page.locator(".case[open] .copy", has_text="Copied")).to_have_count(1)
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(copied)


def test_the_judged_request_is_copied_as_curl(opened: Opened) -> None:
    """With the names of variables for credentials."""
    page = opened(CASE)
    page.locator(".pair").first.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith('-u "$SINCH_KEY_ID:$SINCH_KEY_SECRET"')


def test_a_copy_needs_no_clipboard_of_the_browser(opened: Opened) -> None:
    """Where a file on disk is given none, the old way is taken."""
    page = opened("404-acl-id")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate(
        "document.addEventListener('copy', () => { window.taken = getSelection().toString() || document.activeElement.value; })"
    )
    page.get_by_role("button", name="Copy link to this row").click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("window.taken").endswith("#404-acl-id")


# ---- By keyboard, with a screen reader, on paper


def test_all_is_done_by_keyboard(opened: Opened) -> None:
    """`/` goes to the text, Tab to the row, Enter opens it, Space its case, Escape brings all rows back."""
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("404-acl-id")
    assert rows(page) == ["404-acl-id"]
    focused = "document.activeElement.className || document.activeElement.tagName"
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "opener":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".case[open] .finding")).to_have_count(1)
    page.locator("[data-verdict=pass]").focus()
    page.keyboard.press("Enter")
    assert rows(page) == []
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert len(rows(page)) == 42


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(opened: Opened, scheme: str, size: dict[str, int]) -> None:
    """Closed, and with all rows, cases and exchanges open; and the page is never wider than its window."""
    page = opened(color_scheme=scheme, viewport=size)
    assert chromium.violations(page) == []
    for row in ("404-acl-id", "400-direction-empty", "404-call-id", "400-project-exists", "stateful"):
        page.locator(f"[id='{row}'] button.opener").click()
        page.locator(f"[id='{row}'] + .detail summary").first.click()
    page.evaluate("for (const each of document.querySelectorAll('details:not(.case)')) each.open = true")
    expect(page.locator(".case[open] .tools")).not_to_have_count(0)
    page.locator("[data-verdict=fail]").focus()
    assert chromium.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_valid(written: Path, tmp_path: Path) -> None:
    """By the Nu Html Checker, without a warning: also a page of hostile texts, and one of next to nothing."""
    bare = at_hand.document() | {"undocumented": [], "leftovers": [], "checks": []}
    bare["rows"] = [{**row, "verdict": "not_exercised", "reason": "left out", "cases": []} for row in bare["rows"]]
    paths = [written]
    for name, results in (("evil", replaced(at_hand.document(), KEPT)), ("bare", bare)):
        (tmp_path / name).mkdir()
        paths.append(html.write(results, tmp_path / name))
    assert chromium.invalid(paths) == ""


def test_paper_has_what_failed_and_no_controls(opened: Opened) -> None:
    """The matrix, and the failures in full; a page of PDF at least comes of it."""
    page = opened()
    expect(page.locator("#failures")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#failures")).to_be_visible()
    expect(page.locator("#rows .matrix")).to_be_visible()
    for name in (".filters", "nav"):
        expect(page.locator(name)).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")


def test_a_page_without_its_script_can_be_read(opened: Opened) -> None:
    """As where a server lets no script run: rows and failures stand there, and no dead button."""
    page = opened(java_script_enabled=False)
    expect(page.locator("#failures")).to_be_visible()
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator("button:visible")).to_have_count(0)
    assert len(rows(page)) == 42


# ---- What a target sent


def replaced(value: Any, kept: Collection[str], key: str = "", numbers: Iterator[int] | None = None) -> Any:
    """A structure with a hostile text in the place of every text, each another one, but for the members that are kept."""
    numbers = numbers or itertools.count()
    if isinstance(value, dict):
        return {name: replaced(each, kept, name, numbers) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, kept, key, numbers) for each in value]
    return f"{EVIL}{next(numbers)}" if isinstance(value, str) and key not in kept else value


def hostile_traffic(folder: Path, cases: Iterator[str], kept: Collection[str]) -> Path:
    """What went over the wire with a hostile text in the place of every text, for these cases."""
    at_hand.traffic(folder, at_hand.document())
    told = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("ascii").splitlines()]
    for path in folder.glob("*.jsonl"):
        path.unlink()
    lines = [json.dumps(replaced(each, kept) | {"case": next(cases, "other")}) for each in told]
    (folder / "gw0.jsonl").write_text("\n".join(lines) + "\n", encoding="ascii")
    return folder


@pytest.mark.parametrize("kept", [KEPT, ()], ids=["texts", "all"])
def test_hostile_texts_in_every_field_are_shown_as_text(opened: Opened, tmp_path: Path, kept: Collection[str]) -> None:
    """Of results and of all that went over the wire: nothing runs, nothing is made of it, nothing turns the page around.

    Verdicts and their like are kept once, or little would be shown.
    """
    results = replaced(at_hand.with_gate(at_hand.document()), kept)
    cases = (case["id"] for row in results["rows"] for case in row["cases"])
    folder = hostile_traffic(tmp_path / "traffic", cases, kept)
    page = opened(path=html.write(results, tmp_path, folder, replaced(at_hand.trend(at_hand.document()), kept)))
    open_all(page)
    assert page.evaluate("window.harmed") is None
    for strange in ("img", "iframe", "object", "embed", "base", "foreignObject", "[srcdoc]", "[onload]", "[onerror]", "[action]"):
        expect(page.locator(strange)).to_have_count(0)
    expect(page.locator("script:not([type])")).to_have_count(1)
    text = page.locator("body").inner_text()
    assert "<script>window.harmed=1</script>" in text
    assert "\\u202eevil\\u2066\\u200b\\x00\\x07\\x1b[2J" in text
    assert not set("\u202e\u2066\u200b\x00\x07\x1b") & set(page.evaluate("document.documentElement.textContent"))


def test_messages_of_a_mebibyte_are_cut(opened: Opened, tmp_path: Path) -> None:
    """Wherever they stand, the page stays small and says how long they were."""
    results = at_hand.document()
    long = "<b>" + "x" * MEBIBYTE
    case = results["rows"][0]["cases"][0]
    case |= {"verdict": "fail", "findings": [at_hand.finding("message-text", long, long + "y", long)], "reason": long}
    results["undocumented"][0]["message"] = results["leftovers"][0]["reason"] = long
    sent = at_hand.exchange(case["operation"], 0.0, 400, {"m": long}, judged=True)
    sent["request"] |= {"body": long, "headers": [[long, long]] * 100, "url": f"http://{long}"}
    (tmp_path / "gw0.jsonl").write_text(at_hand.line(case["id"], [sent]) + "\n", encoding="ascii")
    page = opened(case["id"], path=html.write(results, tmp_path, tmp_path))
    assert (tmp_path / "report.html").stat().st_size < MEBIBYTE / 2
    expect(page.locator(".case[open] .pair")).to_contain_text("characters in all)")
    expect(page.locator(".case[open] .finding")).to_contain_text("… (1,048,579 characters in all)")


# ---- Ten thousand cases


def test_ten_thousand_cases_are_filtered_and_opened(opened: Opened, tmp_path: Path) -> None:
    """The page takes a few MiB; a row lists some of its cases and then more; a link finds the last of them."""
    results = at_hand.document(variants=146)
    cases = [case["id"] for row in results["rows"] for case in row["cases"]]
    assert len(cases) >= MANY
    page = opened(path=html.write(results, tmp_path, at_hand.traffic(tmp_path / "traffic", results)))
    assert (tmp_path / "report.html").stat().st_size < 4 * MEBIBYTE
    page.get_by_label("Text").fill("deleted41")
    found = len([case for case in cases if "deleted41" in case])
    expect(page.locator(".shown")).to_contain_text(f"37 of 38 rows, {found} of ")
    page.get_by_role("button", name="Clear").click()
    page.locator("[id='404-trunk-id'] button.opener").click()
    expect(page.locator(".case")).to_have_count(LISTED)
    page.get_by_role("button", name=f"Show {LISTED} more of {2 * 146 - LISTED}").click()
    expect(page.locator(".case")).to_have_count(2 * LISTED)
    last = cases[-1]
    page.evaluate("id => { location.hash = id }", last)
    expect(page.locator(".case[open] .name")).to_have_text(last)


# ---- For the README


VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1120, "height": 720}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1120, "height": 720}, "fragment": CASE},
    "narrow": {"color_scheme": "light", "viewport": NARROW},
}


@pytest.mark.parametrize("name", VIEWS)
def test_screenshots_are_made(opened: Opened, tmp_path: Path, name: str) -> None:
    """Into the folder that SCREENSHOTS names, if it does: of the right size, light enough for a repository, and not blank."""
    results = at_hand.without_error(at_hand.document())
    path = html.write(results, tmp_path, at_hand.traffic(tmp_path / "traffic", results), at_hand.trend(results))
    page = opened(path=path, **VIEWS[name], reduced_motion="reduce")
    expect(page.locator(".pair")).to_have_count(1 if "fragment" in VIEWS[name] else 0)
    size = VIEWS[name]["viewport"]
    path = Path(os.environ.get("SCREENSHOTS") or tmp_path) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = page.screenshot(path=path)
    assert struct.unpack(">II", picture[16:24]) == (size["width"], size["height"])
    assert 15_000 < len(picture) < HEAVIEST  # a page of one colour takes 6,000 bytes
    assert page.locator("h1 .verdict").inner_text().strip() in ORDER
