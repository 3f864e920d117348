"""report.html of a fleet in a real Chromium: it filters, folds and links, harms nobody, and anybody can use it."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.report import html as page_of_a_run
from contracts.report.fleet import files
from contracts.report.fleet import html as page_of_a_fleet
from contracts.report.fleet.member import Member
from tests.selftest import browser as chromium
from tests.selftest.fleets import FLEET, FOUND, results, table, trend, written

WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 360, "height": 740}
ROW, OTHER, CHECK = "404-acl-id", "404-call-id", "stateful"
HEAVIEST = 150 * 1024  # bytes of a screenshot
MANY = 1000
EVIL = "<script>window.harmed=1</script><img src=x onerror='window.harmed=1'>\"'></script></style>--><!--\u202e\x00\x1b[2J{{7*7}}"
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium.opened() as started:
        yield started


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a fleet of ten with every verdict, known deviations and labels, each with its own report beside it."""
    folder = tmp_path_factory.mktemp("fleet")
    amiss = {2: {ROW: "fail"}, 3: {ROW: "fail"}, 4: {OTHER: "inconclusive"}, 5: {"400-project-exists": "error"}}
    amiss |= {6: {ROW: "fail"}, 7: {"404-export-key": "not_exercised"}, 8: {CHECK: "fail"}}
    targets = [results(f"sandbox-{n:02d}", amiss.get(n, {}), known=[ROW] if n == 6 else []) for n in range(1, 11)]
    for one in targets:
        (folder / one["target"]["id"]).mkdir()
        page_of_a_run.write(one, folder / one["target"]["id"])
    table_of = table(*targets, members=members(targets))
    return page_of_a_fleet.write(FLEET, table_of, folder)


def members(targets: list[dict[str, Any]]) -> list[Member]:
    """The members of a fleet, with labels and with a history of one row."""
    past, ids = trend(ROW, "pass", "fail", "fail", "fail"), [one["target"]["id"] for one in targets]
    return [Member(id_, {"region": ("eu", "us")[n % 2], "stage": "prod"}, id_, past) for n, id_ in enumerate(ids)]


@pytest.fixture
def opened(browser: Browser, fleet: Path) -> Iterator[Opened]:
    """Opens a page from disk once its script is done. What it asks of any network, and an exception, is a failure."""
    contexts, heard = [], []

    def open_at(fragment: str = "", path: Path = fleet, **how: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, **how})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: heard.append(request.url))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.goto(f"{path.as_uri()}{fragment and '#'}{fragment}")
        if how.get("java_script_enabled", True):
            page.wait_for_selector("html.ready", state="attached")
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert [one for one in heard if not one.startswith(("file://", "data:,"))] == []


def shown(page: Page) -> list[str]:
    """The ids of the targets that are in view."""
    found: list[str] = page.locator(".of-sight:visible th .id").all_inner_texts()
    return found


def columns(page: Page) -> list[str]:
    """The rows and checks whose columns are in view."""
    found: list[str] = page.locator("thead .of-row:visible").all_inner_texts()
    return found


# ---- What is in view


def test_the_worst_targets_come_first(opened: Opened) -> None:
    """Those that break the contract, then those not judged in full, then what is known; the others in the fleet's order."""
    page = opened()
    expect(page.locator(".sentence")).to_have_text(
        f"3 of 10 targets break the contract: 2 in {ROW} (sandbox-02 and sandbox-03) and sandbox-08 in the check {CHECK}; "
        f"2 others were not judged in full: sandbox-04 in {OTHER} and sandbox-05 in 400-project-exists; "
        f"1 other breaks the contract only as known deviations say: sandbox-06 in {ROW}; "
        "the other 4 keep 37 to 38 of 38 rows, all that ran."
    )
    order = (2, 3, 8, 4, 5, 6, 1, 7, 9, 10)
    assert shown(page) == [f"sandbox-{n:02d}" for n in order]


def test_rows_that_pass_everywhere_are_folded(opened: Opened) -> None:
    """Into one column, and one box shows them all."""
    page = opened()
    assert columns(page) == ["400-project-exists", ROW, OTHER, "404-export-key", CHECK]
    expect(page.locator(".of-sight").first.locator("td.of-rest")).to_be_visible()
    page.get_by_label("Show all rows: 34 rows and 3 checks pass everywhere").check()
    assert len(columns(page)) == 42
    expect(page.locator(".of-sight").first.locator("td.of-rest")).to_be_hidden()


def test_a_cell_says_its_verdict_by_sign_colour_and_title(opened: Opened) -> None:
    """What was not judged looks neither like a pass nor like a fail, and what is known is marked."""
    page = opened()
    cells: dict[str, tuple[str, str, str]] = {}
    for target, row in (
        ("02", ROW),
        ("01", ROW),
        ("04", OTHER),
        ("05", "400-project-exists"),
        ("06", ROW),
        ("07", "404-export-key"),
    ):
        cell = page.locator(f".of-sight:has(th:has-text('sandbox-{target}')) td[title^='{row}:']")
        colour = cell.evaluate("cell => getComputedStyle(cell).backgroundColor + getComputedStyle(cell).color")
        cells[target] = (cell.inner_text(), colour, cell.get_attribute("title") or "")
    assert [sign for sign, _, _ in cells.values()] == ["\u2717", "\u2713", "?", "!", "\u2717", "\u2013"]
    assert len({colour for _, colour, _ in cells.values()}) == 6
    mark = "cell => getComputedStyle(cell.firstElementChild, '::after').content"
    assert page.locator(f"td[title^='{ROW}: fail, known'], td[title^='{ROW}: fail, since']").evaluate_all(
        f"cells => cells.map({mark})"
    ) == ["none", "none", '"k"']
    assert [title.partition(": ")[2] for _, _, title in cells.values()] == [
        "fail, since 2025-12-30, 3 runs",
        "pass",
        "inconclusive, since when is unknown: no history",
        "error, since when is unknown: no history",
        "fail, known deviation, since 2025-12-30, 3 runs",
        "not exercised, since when is unknown: no history",
    ]


def test_filters_leave_the_targets_that_fit(opened: Opened) -> None:
    """By verdict, label and text; one button brings all back, and so does Escape."""
    page = opened()
    page.locator("[data-verdict=inconclusive].chip").click()
    assert shown(page) == ["sandbox-04"]
    page.get_by_label("region").select_option("eu")
    assert shown(page) == []
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("region").select_option("us")
    assert sorted(shown(page)) == [f"sandbox-{n:02d}" for n in (2, 4, 6, 8, 10)]
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.type("Sandbox-0 eu")
    assert sorted(shown(page)) == [f"sandbox-{n:02d}" for n in (1, 3, 5, 7, 9)]
    expect(page.locator(".shown")).to_have_text("5 of 10 targets")
    page.keyboard.press("Escape")
    assert len(shown(page)) == 10


def test_links_lead_to_the_rows_of_the_targets(opened: Opened, fleet: Path) -> None:
    """Every link is to a file that is there, and to something in it; one is followed."""
    page = opened()
    page.locator("#every").check()
    links = {link.get_attribute("href") or "" for link in page.locator("a").all()}
    texts = {"": fleet.read_text("utf-8")}
    for link in links:
        path, _, fragment = link.partition("#")
        texts[path] = texts.get(path) or (fleet.parent / path).read_text("utf-8")
        assert not fragment or f'id="{fragment}"' in texts[path], link
    assert {f"sandbox-{n:02d}/report.html" for n in range(1, 11)} < links
    page.locator(f".of-sight:has(th:has-text('sandbox-03')) td[title^='{ROW}:'] a").click()
    page.wait_for_url(f"**/sandbox-03/report.html#{ROW}")
    expect(page.locator(f"[id='{ROW}'] button.opener")).to_have_attribute("aria-expanded", "true")


def test_head_and_targets_stay_in_view(opened: Opened, tmp_path: Path) -> None:
    """However far the table is scrolled, which it is within itself: the page is never wider than its window."""
    targets = [results(f"t{n}", {row["id"]: "fail" for row in FOUND["rows"]}) for n in range(60)]
    page = opened(path=page_of_a_fleet.write(FLEET, table(*targets), tmp_path))
    scroller = page.locator(".scroller")
    scroller.evaluate("each => { each.scrollLeft = 400; each.scrollTop = 900 }")
    outer = scroller.bounding_box()
    head, first = page.locator("thead th").nth(9).bounding_box(), page.locator("tbody th").nth(40).bounding_box()
    assert outer
    assert head
    assert first
    assert abs(head["y"] - outer["y"]) < 3
    assert abs(first["x"] - outer["x"]) < 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- By anybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(opened: Opened, scheme: str, size: dict[str, int]) -> None:
    """Folded, and with all rows and everything open; and the page is never wider than its window."""
    page = opened(color_scheme=scheme, viewport=size)
    assert chromium.violations(page) == []
    page.locator("#every").check()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert chromium.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_valid(fleet: Path, tmp_path: Path) -> None:
    """By the Nu Html Checker, without a warning: also where all is well, and where nothing ran."""
    idle = results("idle", {row["id"]: "not_exercised" for row in FOUND["rows"]})
    paths = [fleet]
    for name, targets in (("well", [results("one"), results("two")]), ("idle", [idle]), ("evil", [hostile()])):
        (tmp_path / name).mkdir()
        paths.append(page_of_a_fleet.write(FLEET, table(*targets), tmp_path / name))
    assert chromium.invalid(paths) == ""


def test_a_page_without_its_script_can_be_read(opened: Opened) -> None:
    """All targets and what differs are there, folded rows can be shown, and there is no dead button."""
    page = opened(java_script_enabled=False)
    assert len(shown(page)) == 10
    expect(page.locator(".difference").first).to_be_visible()
    expect(page.locator(".filters")).to_be_hidden()
    page.locator("#every").check()
    assert len(columns(page)) == 42


def test_paper_has_the_targets_and_no_controls(opened: Opened) -> None:
    """A page of PDF at least comes of it."""
    page = opened()
    page.emulate_media(media="print")
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".every-label")).to_be_hidden()
    assert len(shown(page)) == 10
    assert page.pdf().startswith(b"%PDF")


# ---- What people and targets say


def hostile() -> dict[str, Any]:
    """A target whose id and findings would do harm."""
    target = results(EVIL, {ROW: "fail", OTHER: "inconclusive"})
    for row in target["rows"]:
        for case in row["cases"]:
            case["findings"] = [{**finding, **dict.fromkeys(("expected", "actual", "text"), EVIL)} for finding in case["findings"]]
        row.update({"reason": EVIL} if "reason" in row else {})
    target["run"]["gate"]["reasons"] = [EVIL]
    return target


def test_hostile_texts_are_shown_as_text(opened: Opened, tmp_path: Path) -> None:
    """Nothing runs, nothing is made of them, nothing turns the page around; and the filters know them."""
    told = table(hostile(), results("other"), members=[Member(EVIL, {EVIL: EVIL}, "one"), Member("other", {EVIL: "x"}, "two")])
    page = opened(path=page_of_a_fleet.write({**FLEET, "name": EVIL}, told, tmp_path))
    page.locator("#every").check()
    page.locator("select").select_option("x")
    assert shown(page) == ["other"]
    assert page.evaluate("window.harmed") is None
    for strange in ("img", "iframe", "[onerror]", "[onload]", "script + script"):
        expect(page.locator(strange)).to_have_count(0)
    text = page.evaluate("document.documentElement.textContent")
    assert "<script>window.harmed=1</script>" in text
    assert "\\u202e\\x00\\x1b[2J" in text
    assert not set("\u202e\x00\x1b") & set(text)


# ---- A thousand targets


def test_a_thousand_targets_open(opened: Opened, tmp_path: Path) -> None:
    """Thirty-eight thousand cells are told in a few MiB, shown, folded and filtered."""
    well, faulty = results("well"), results("faulty", {ROW: "fail"})
    targets = [{**(faulty if n % 100 == 0 else well), "target": {**well["target"], "id": f"t{n:04d}"}} for n in range(MANY)]
    page = opened(path=page_of_a_fleet.write(FLEET, table(*targets), tmp_path))
    assert (tmp_path / "report.html").stat().st_size < 5 * 1_048_576
    expect(page.locator(".sentence")).to_have_text(
        f"10 of 1,000 targets break the contract, each in {ROW}: t0000, t0100, t0200 and 7 more; the other 990 keep all 38 rows."
    )
    expect(page.locator(".shown")).to_have_text("1000 of 1000 targets")
    page.locator("#every").check()
    page.get_by_label("Text").fill("t0999")
    assert shown(page) == ["t0999"]
    assert page.locator(".of-sight:visible .sign:visible").count() == 42


# ---- For the README


def test_a_screenshot_is_made(opened: Opened, tmp_path: Path) -> None:
    """Into the folder that SCREENSHOTS names, if it does: of ten targets, one of them faulty in one row."""
    targets = [results(f"sandbox-{n:02d}", {ROW: "fail"} if n == 7 else {}) for n in range(1, 11)]
    written(tmp_path, *targets)
    assert files.write(FLEET, members(targets), tmp_path) == []
    page = opened(path=tmp_path / "report.html", viewport={"width": 1200, "height": 1040}, reduced_motion="reduce")
    path = Path(os.environ.get("SCREENSHOTS") or tmp_path) / "fleet.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = page.screenshot(path=path)
    assert struct.unpack(">II", picture[16:24]) == (1200, 1040)
    assert 15_000 < len(picture) < HEAVIEST  # a page of one colour takes 6,000 bytes
