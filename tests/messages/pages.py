#!/usr/bin/env python3
"""The pages that `plimsoll demo` and `plimsoll preview` write, in a browser: narrow and wide, light and dark.

    messages-venv/bin/python tests/messages/pages.py --plimsoll target/debug/plimsoll

Each page must have no violation of axe, no horizontal scroll bar, and the demo's first page at most 15,000 pixels.
With --pictures DIR the screenshots are kept for whoever looks at them; with --readme the picture of README.md is taken
again. Needs Chromium: $CHROMIUM, or `chromium` on the path, or `messages-venv/bin/playwright install chromium`.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = "2026-12-01T08:00:00Z"
WIDTHS, SCHEMES, MOST_PIXELS = (360, 1440), ("light", "dark"), 15_000
# Ten kinds of alert.
ALERTS = [
    "ecr-scan/image-scan-critical.json",
    "ecr-scan/inspector-finding-active.json",
    "guardduty-finding/attack-sequence-on-ecs.json",
    "guardduty-finding/malware-found.json",
    "backup-job/backup-failed.json",
    "config-rule/ecr-scanning-switched-off.json",
    "config-rule/iam-role-called-by-its-id.json",
    "cost-anomaly/anomaly-with-many-root-causes.json",
    "cost-anomaly/budget-actual-inside-sqs.json",
    "health-event/fargate-task-retirement.json",
]
README_ALERT = "guardduty-finding/attack-sequence-on-ecs.json"


def made(plimsoll, folder):
    """Name and file of each page."""
    folder = pathlib.Path(folder)
    subprocess.run([plimsoll, "demo", "--out", str(folder / "demo")], check=True, capture_output=True)
    yield "demo", folder / "demo" / "index.html"
    yield "demo-all", folder / "demo" / "all.html"
    for alert in ALERTS:
        page = folder / (alert.replace("/", "-").removesuffix(".json") + ".html")
        command = [plimsoll, "preview", str(ROOT / "events" / alert), "--html", str(page), "--now", NOW]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        yield page.stem, page


def look(browser, name, page, pictures):
    """Faults of one page at each width and scheme, and what axe could not decide."""
    faults, undecided = [], set()
    for width in WIDTHS:
        for scheme in SCHEMES:
            # The page's own policy forbids scripts, and axe is one.
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
            tab = context.new_page()
            tab.goto(page.as_uri())
            place = f"{name}, {width} px, {scheme}"
            wide = tab.evaluate("document.documentElement.scrollWidth")
            high = tab.evaluate("document.documentElement.scrollHeight")
            if wide > width:
                faults.append(f"{place}: {wide} px wide")
            if name == "demo" and high > MOST_PIXELS:
                faults.append(f"{place}: {high} px high")
            if pictures:
                tab.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=name != "demo-all")
            found = Axe().run(tab).response
            for violation in found["violations"]:
                nodes = violation["nodes"]
                faults.append(f"{place}: {violation['id']}, {len(nodes)} times, first {nodes[0]['html'][:160]}")
            undecided.update(rule["id"] for rule in found["incomplete"])
            context.close()
    return faults, undecided


def picture_of_the_readme(browser, plimsoll, folder):
    page = pathlib.Path(folder) / "readme.html"
    command = [plimsoll, "preview", str(ROOT / "events" / README_ALERT), "--html", str(page), "--theme", "light"]
    subprocess.run([*command, "--now", "2026-10-06T10:03:00Z"], check=True, capture_output=True, cwd=folder)
    context = browser.new_context(viewport={"width": 860, "height": 900}, device_scale_factor=1.5)
    tab = context.new_page()
    tab.goto(page.as_uri())
    channel = tab.locator(".channel").bounding_box()
    clip = {"x": 0, "y": channel["y"] - 20, "width": 860, "height": channel["height"] + 40}
    tab.screenshot(path=ROOT / "docs/images/alert.png", full_page=True, clip=clip)
    context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", default=str(ROOT / "target/debug/plimsoll"), help="the command line")
    parser.add_argument("--pictures", type=pathlib.Path, help="a folder for the screenshots")
    parser.add_argument("--readme", action="store_true", help="take docs/images/alert.png again")
    given = parser.parse_args()
    plimsoll = str(pathlib.Path(given.plimsoll).resolve())
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    faults, looked = [], 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        if given.readme:
            picture_of_the_readme(browser, plimsoll, folder)
        for name, page in made(plimsoll, folder):
            new, undecided = look(browser, name, page, given.pictures)
            faults += new
            looked += len(WIDTHS) * len(SCHEMES)
            print(f"{name}: {len(new)} faults" + (f"; axe leaves to people: {', '.join(sorted(undecided))}" if undecided else ""))
        browser.close()
    for fault in faults:
        print(fault)
    print(f"{looked} pages looked at, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
