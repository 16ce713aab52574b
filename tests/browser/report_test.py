#!/usr/bin/env python3
"""Opens the report pages that the test program wrote in headless Chromium.

Each page is opened from its file, wide, middle, narrow, in the dark, without JavaScript and as
print. It must draw every chart, log nothing, ask no network, and fit its width. Screenshots are
saved for people to look at.

Usage: report_test.py PAGES_FOLDER SCREENSHOTS_FOLDER
"""

import pathlib
import shutil
import sys

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1280, 760, 420)
# How many charts a page must hold: ten figures, the seventh with two panels. In "run" no cost has an error band
# that could turn a verdict: its one card is the reference device.
CHARTS = {
    "run": 10, "mixed": 11, "single": 11, "unaudited": 10, "nobody": 7, "executed": 10,
    "attack": 1, "tune": 2, "compare": 1, "sweep": 2, "grid": 1,
}

failures = []


def check(holds, message):
    if not holds:
        failures.append(message)
        print(f"FAILED: {message}", file=sys.stderr)


def open_page(browser, path, **options):
    """A page on `path`, with everything it logs and asks for."""
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    seen = {"logged": [], "asked": []}
    page.on("console", lambda message: seen["logged"].append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen["logged"].append(f"error: {error}"))
    page.on("request", lambda request: seen["asked"].append(request.url))
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        try:
            page.wait_for_selector("html[data-drawn]", timeout=30_000)
        except PlaywrightTimeout:
            check(False, f"{path.stem}: not all charts were drawn: {seen['logged']}")
    return context, page, seen


def check_charts(page, name, label):
    charts = page.locator(".chart")
    check(charts.count() == CHARTS[name], f"{label}: {charts.count()} charts, not {CHARTS[name]}")
    for chart in charts.all():
        identity = chart.get_attribute("id")
        drawn = chart.evaluate(
            """chart => {
                 const svg = chart.querySelector('svg');
                 if (!svg) return null;
                 const marks = [...svg.querySelectorAll(
                     '.mark-line path, .mark-symbol path, .mark-rect path, .mark-rule line, .mark-area path')];
                 const box = svg.getBoundingClientRect();
                 const outside = [...svg.querySelectorAll('text')].filter(text => {
                   const at = text.getBoundingClientRect();
                   return at.width > 0 && (at.left < box.left - 1 || at.right > box.right + 1 ||
                                           at.top < box.top - 1 || at.bottom > box.bottom + 1);
                 }).map(text => text.textContent);
                 return {marks: marks.filter(mark => mark.getBoundingClientRect().width +
                                                     mark.getBoundingClientRect().height > 0).length,
                         outside};
               }"""
        )
        check(drawn is not None, f"{label}: {identity} has no SVG")
        if drawn is None:
            continue
        check(drawn["marks"] > 1, f"{label}: {identity} has no marks")
        check(not drawn["outside"], f"{label}: {identity} cuts off {drawn['outside']}")
        spoken = chart.get_attribute("aria-label") or ""
        check(any(c.isdigit() for c in spoken), f"{label}: {identity} says no value aloud")


def check_fit(page, label):
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    check(overflow <= 0, f"{label}: {overflow} px wider than the window")
    cut = page.evaluate(
        "[...document.querySelectorAll('.verdict')]"
        ".filter(one => getComputedStyle(one).display === 'block' && one.scrollWidth > one.clientWidth)"
        ".map(one => one.textContent)"
    )
    check(not cut, f"{label}: verdicts run into what is beside them: {cut}")


def check_executed(page, label):
    """The disputes that workers played: all of them, readable, none beyond the page."""
    section = page.locator("#executed")
    check(section.count() == 1, f"{label}: no section on what was executed")
    rows = section.locator("tbody tr")
    check(rows.count() == 3, f"{label}: {rows.count()} disputes, not 3")
    said = section.inner_text()
    for text in ("51", "26", "challenger", "layer_norm_parameters_backward"):
        check(text in said, f"{label}: the section does not say {text}")
    # What is wider than the page scrolls inside of it, and the last column can be reached.
    reached = section.evaluate(
        """section => {
             const box = section.querySelector('.scroll');
             box.scrollLeft = box.scrollWidth;
             const last = box.querySelector('tbody tr td:last-child').getBoundingClientRect();
             const paragraph = section.querySelector('p').getBoundingClientRect();
             return {last: last.right <= innerWidth + 1 && last.width > 0,
                     paragraph: paragraph.left >= 0 && paragraph.right <= innerWidth};
           }"""
    )
    check(reached["last"], f"{label}: the column of losers cannot be reached")
    check(reached["paragraph"], f"{label}: the text of the section leaves the page")
    check(page.locator('.sections a[href="#executed"]').count() == 1,
          f"{label}: the section bar does not lead to it")


def check_quiet(seen, path, label):
    check(not seen["logged"], f"{label}: logged {seen['logged']}")
    asked = [url for url in seen["asked"] if url != path.as_uri()]
    check(not asked, f"{label}: asked for {asked}")


def check_widths(browser, path, shots):
    for width in WIDTHS:
        label = f"{path.stem} at {width}"
        context, page, seen = open_page(browser, path, viewport={"width": width, "height": 900})
        check_charts(page, path.stem, label)
        check_fit(page, label)
        if path.stem == "executed":
            check_executed(page, label)
        page.screenshot(path=shots / f"{path.stem}-{width}.png", full_page=True)
        check_quiet(seen, path, label)
        context.close()


def check_resize(browser, path):
    """Charts follow their container without being drawn anew."""
    context, page, _ = open_page(browser, path, viewport={"width": 1280, "height": 900})
    page.set_viewport_size({"width": 500, "height": 900})
    page.wait_for_function(
        """[...document.querySelectorAll('.chart')].every(
               chart => chart.querySelector('svg').clientWidth <= chart.clientWidth)"""
    )
    check_fit(page, f"{path.stem} made narrow")
    context.close()


def check_dark(browser, path, shots):
    label = f"{path.stem} dark"
    context, page, seen = open_page(
        browser, path, viewport={"width": 1280, "height": 900}, color_scheme="dark"
    )
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    check(paper == "rgb(21, 24, 28)", f"{label}: paper is {paper}")
    inks = page.evaluate(
        """[...document.querySelectorAll('.chart svg text')].filter(
               text => text.getBoundingClientRect().width > 0 &&
                       getComputedStyle(text).fill === 'rgb(27, 31, 37)').length"""
    )
    check(inks == 0, f"{label}: {inks} texts of charts keep the light ink")
    page.screenshot(path=shots / f"{path.stem}-dark.png", full_page=True)
    page.click("#theme")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    check(paper == "rgb(255, 255, 255)", f"{label}: theme light leaves {paper}")
    check_quiet(seen, path, label)
    context.close()


def check_tips(browser, path):
    context, page, _ = open_page(browser, path, viewport={"width": 1280, "height": 900})
    term = page.locator("a.term", has_text="Paired gain").first
    term.focus()
    check(page.locator("#tip").is_visible(), "a focused term shows no tip")
    page.keyboard.press("Escape")
    check(page.locator("#tip").count() == 0, "Escape does not close a tip")
    term.hover()
    check("same principal" in page.locator("#tip").inner_text(), "the tip does not explain its term")
    context.close()


def check_data(browser, path):
    """Show data opens a table, and its CSV holds plain numbers."""
    context, page, _ = open_page(browser, path, accept_downloads=True)
    figure = page.locator("#figure-gain")
    figure.locator("summary").click()
    check(figure.locator("table").is_visible(), "Show data shows no table")
    with page.expect_download() as download:
        figure.locator(".csv").click()
    text = pathlib.Path(download.value.path()).read_text()
    rows = text.strip().splitlines()
    check(len(rows) == 4, f"the CSV of figure 1 has {len(rows)} rows")
    check(float(rows[1].split(",")[1]) < 0, f"the CSV does not hold plain numbers: {rows[1]}")
    with page.expect_download() as download:
        figure.locator(".picture").click()
    check("<svg" in pathlib.Path(download.value.path()).read_text(), "the picture is no SVG")
    context.close()


def check_without_javascript(browser, path, shots):
    label = f"{path.stem} without JavaScript"
    context, page, seen = open_page(
        browser, path, viewport={"width": 1280, "height": 900}, java_script_enabled=False
    )
    check(page.locator("h1").is_visible(), f"{label}: no headline")
    check(page.locator(".key-figures .value").first.is_visible(), f"{label}: no key figures")
    check(not page.locator(".chart").first.is_visible(), f"{label}: an empty chart is shown")
    details = page.locator("details.data").first
    details.locator("summary").click()
    check(details.locator("td").first.is_visible(), f"{label}: no data table opens")
    page.screenshot(path=shots / f"{path.stem}-plain.png", full_page=True)
    check_quiet(seen, path, label)
    context.close()


def check_print(browser, path, shots):
    context, page, _ = open_page(browser, path, viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).color")
    check(paper == "rgb(27, 31, 37)", f"print is not light: ink is {paper}")
    check(not page.locator(".sections").is_visible(), "print keeps the section bar")
    page.pdf(path=shots / f"{path.stem}.pdf", prefer_css_page_size=True)
    context.close()


def main():
    pages, shots = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    shots.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        sys.exit("no Chromium is installed; package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, headless=True, args=["--no-sandbox"]
        )
        for name in CHARTS:
            check_widths(browser, pages / f"{name}.html", shots)
        mixed = pages / "mixed.html"
        check_resize(browser, mixed)
        for name in ("mixed", "attack", "tune", "executed"):
            check_dark(browser, pages / f"{name}.html", shots)
        check_tips(browser, mixed)
        check_data(browser, mixed)
        check_without_javascript(browser, mixed, shots)
        check_print(browser, mixed, shots)
        browser.close()
    if failures:
        sys.exit(f"{len(failures)} checks failed; screenshots are in {shots}")
    print(f"{len(CHARTS)} pages drawn and fitting; screenshots are in {shots}")


if __name__ == "__main__":
    main()
