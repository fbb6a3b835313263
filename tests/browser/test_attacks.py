"""Hostile text in every place of a page: no script runs, nothing is asked for, all stays text."""

import json
import re

import jinja2
import pytest

from geotool.pipeline import map as maps
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.share import redaction
from geotool.share.render import recipe
from geotool.share.render.attributes import visible_text
from geotool.share.render.page import render_page
from tests.browser.hands import wait_for_all
from tests.share.render import hostile, sample_content
from tests.share.render.hostile import ALL, NAMES, make_attacked_content, make_attacked_panes
from tests.village_project import all_layers, write_project

pytestmark = pytest.mark.browser

# As a page shows them: what would turn the direction of the text is a mark.
PAYLOADS = tuple(visible_text(text) for text in hostile.PAYLOADS)
EVERY = visible_text(hostile.EVERY)

FOREIGN = """() => ["img", "iframe", "object", "embed", "link", "base", "form:not(#gt-goto-form)"]
  .flatMap((tag) => [...document.querySelectorAll(tag)])
  .concat([...document.querySelectorAll("*")].filter((element) =>
    [...element.attributes].some((one) => /^on|^srcdoc$/i.test(one.name) ||
      (/^(href|src|action|formaction)$/i.test(one.name) && !/^(data:|blob:|#)/.test(one.value)))))
  .map((element) => element.outerHTML.slice(0, 200))"""
POLLUTED = """() => Object.keys(Object.prototype).concat(Object.keys(Array.prototype),
  Object.keys(Function.prototype), window.hacked === undefined ? [] : ["hacked"])"""
TEXTS = "(selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent)"
OPEN_ALL = """() => document.querySelectorAll("#gt-panel details").forEach((one) => {
  one.open = true; })"""
KEYS = ("v", "l", "on", "o", "x", "f", "d", "i", "p", "__proto__")
BROKEN = (
    *("", "%", "%25", "%25E0%25A4,%25", "__proto__", "constructor:1;toString:a,b", ";:,;:,", "%00"),
    *("<img src=x onerror=window.hacked=1>", "%E2%80%AE", "NaN,NaN,NaN", "1e999,-1e999,1e999"),
    *("1" * 19_000, "9" * 30_000, "javascript:window.hacked=1"),
)
GO_TO = """async (addresses) => {
  for (const address of addresses) {
    location.hash = address;
    await new Promise((done) => setTimeout(done));
  } }"""
SELECT = """([name, key]) => {
  const layer = GT.layers.find((one) => one.entry.name === name);
  const titles = layer.columns.get(layer.entry.title_column);
  for (let i = 0; i < layer.data.count; i += 1) {
    if (titles.at(i) === key) return GT.select(layer, i).then(() => i);
  } }"""
COUNTED = """() => { window.counted = false;
  GT.map.once("gt:totals", () => { window.counted = true; }); }"""
PLACES = {
    "#gt-title": [ALL],
    "#gt-subtitle": [ALL],
    "#gt-notices p": [EVERY],
    "#gt-watermark span": [EVERY],
    ".gt-layer-name": [*PAYLOADS, ALL],
    ".gt-group span": [*PAYLOADS, ALL],
    ".gt-class-name": PAYLOADS,
    ".gt-tick": PAYLOADS,
    ".gt-name": PAYLOADS,
    "[data-table] td": PAYLOADS,
    "[data-table] p": PAYLOADS,
    "#gt-facts dt": PAYLOADS,
    "#gt-facts dd": PAYLOADS,
    "#gt-date-figures dd": [ALL],
    "#gt-goto-axis option": PAYLOADS,
    "#gt-chart-layer option": [ALL],
    "#gt-charts button": PAYLOADS,
}
HANDLERS = """() => {
  const button = document.createElement("button");
  button.setAttribute("onclick", "window.hacked = 1");
  document.body.appendChild(button).click();
  const image = document.createElement("div");
  image.innerHTML = "<img src=x: onerror='window.hacked = 1'>";
  document.body.appendChild(image);
  const script = document.createElement("script");
  script.textContent = "window.hacked = 1";
  document.body.appendChild(script);
  const link = document.createElement("a");
  link.href = "javascript:window.hacked=1";
  document.body.appendChild(link).click();
  window.refused = 0;
  const runs = [() => eval("window.hacked = 1"), () => new Function("window.hacked = 1")()];
  return new Promise((done) => setTimeout(() => {
    runs.forEach((run) => { try { run(); } catch (error) { window.refused += 1; } });
    done(window.refused);
  }));
}"""


RECIPE = "{{ 7*7 }} 'mine'"
OWN_COLUMNS = (*NAMES, 'a"b', "ogc_fid")


@pytest.fixture(scope="module")
def text():
    return render_page(make_attacked_content())


@pytest.fixture(scope="module")
def panes():
    return render_page(make_attacked_panes())


@pytest.fixture(scope="module")
def sample():
    return render_page(sample_content.make_content(30, 12))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return the folder of the village with hostile values, names, words, styles and recipe."""
    layers = all_layers()
    count = len(layers["parcels"])
    notes = [PAYLOADS[number % len(PAYLOADS)] for number in range(count)]
    folder = write_project(
        tmp_path_factory.mktemp("attacked") / "{{ 7*7 }} 'p'",
        profile="committee",
        layers={
            "parcels": layers["parcels"].assign(note=notes, land_type=notes),
            "communes": layers["communes"].assign(commune_name=[ALL, PAYLOADS[3]]),
            "alignments": layers["alignments"].assign(name=ALL),
            "utilities": layers["utilities"].assign(name=PAYLOADS[2]),
            "roads": layers["roads"].assign(name=PAYLOADS[4]),
            "wells": layers["landmarks"][["landmark_id", "geometry"]].assign(
                **dict(zip(OWN_COLUMNS, PAYLOADS, strict=False))
            ),
        },
    )
    settings = folder / "geotool.toml"
    stated = settings.read_text(encoding="utf-8").replace('"village"', json.dumps(ALL))
    settings.write_text(stated, encoding="utf-8")
    for place in ("maps/recipes", "layers/schemas"):
        (folder / place).mkdir(parents=True)
    for name, content in _own_files().items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def _own_files():
    title = f"{{ vi = {json.dumps(ALL)}, en = {json.dumps(ALL)} }}"
    layer = (
        f'source = "parcels"\ntitle = {title}\ngroup = "land"\n'
        'columns = ["parcel_id", "land_type", "note", "commune_id"]\n'
        'class_column = "land_type"\ntitle_column = "note"\n'
        'filters = ["commune_id", "land_type"]\n'
    )
    words = f"[columns]\nnote = {json.dumps(PAYLOADS[3])}\n[values]\nC1 = {json.dumps(ALL)}\n"
    style = f'[styles.parcels.classes.{json.dumps(PAYLOADS[3])}]\nfill = "#123456"\n'
    names = json.dumps(["landmark_id", *OWN_COLUMNS])
    wells = (
        f'source = "wells"\ntitle = {title}\nstyle = "landmarks"\ncolumns = {names}\n'
        'class_column = "constructor"\ntitle_column = "landmark_id"\nfilters = ["__proto__"]\n'
    )
    column = f'type = "text"\nvisibility = "public"\ndescription = {json.dumps(ALL)}\n'
    schema = f'[layer]\ntitle = {json.dumps(ALL)}\nkey = "landmark_id"\npublic = "features"\n'
    schema += 'geometry = ["point"]\n' + "".join(
        f"[columns.{json.dumps(name)}]\n{column}" for name in ("landmark_id", *OWN_COLUMNS)
    )
    layers = f"[[layers]]\n{layer}[[layers]]\n{wells}"
    return {
        f"maps/recipes/{RECIPE}.toml": f"title = {title}\n[groups]\nland = {title}\n{layers}",
        "layers/schemas/wells.toml": schema,
        "maps/labels.vi.toml": words,
        "maps/labels.en.toml": words,
        "maps/styles.toml": style,
    }


def open_whole(open_page, text, **options):
    opened = open_page(text, **options)
    wait_for_all(opened.page)
    return opened


def check_safe(opened):
    """Assert that nothing ran, nothing was asked for and nothing foreign stands in the page."""
    assert opened.run(POLLUTED) == []
    assert opened.run(FOREIGN) == []
    assert opened.requests == []
    assert opened.complaints == []


def shows(opened, selector, wanted=PAYLOADS):
    """Assert that each payload is the whole text of an element."""
    found = set(opened.run(TEXTS, selector))
    assert [one for one in wanted if one not in found] == []


def holds(opened, selector, wanted=PAYLOADS):
    """Assert that each payload stands within the text of the elements."""
    found = "\n".join(opened.run(TEXTS, selector))
    assert [one for one in wanted if one not in found] == []


def test_every_place_shows_the_text_as_it_is(open_page, text):
    opened = open_whole(open_page, text)
    for language in ("en", "vi"):
        opened.page.click(f"[data-language={language}]")
        assert opened.page.title() == ALL
        for place, wanted in PLACES.items():
            shows(opened, place, wanted)
        for place in ("#gt-gather-layer option", "#gt-tables"):
            holds(opened, place)
        opened.page.click("#gt-about-open")
        shows(opened, "#gt-about dt")
        shows(opened, "#gt-about dd")
        opened.page.keyboard.press("Escape")
    check_safe(opened)


def test_the_card_the_search_and_the_pointer(open_page, text):
    opened = open_whole(open_page, text)
    opened.run("() => { GT.map.setZoom(GT.map.getMaxZoom(), { animate: false }); }")
    opened.page.mouse.move(400, 420)
    opened.page.mouse.click(400, 420)
    for key in PAYLOADS:
        opened.run(SELECT, [ALL, key])
        assert opened.page.locator("#gt-card h2").text_content() == key
        cells = opened.run(TEXTS, "#gt-card dd")
        assert cells.count(key) == len(NAMES)
    holds(opened, "#gt-card dt", [f"{ALL} {name}" for name in NAMES[1:]])
    for typed in PAYLOADS:
        opened.page.fill("#gt-search", typed)
        opened.page.wait_for_function(
            """(text) => [...document.querySelectorAll(".gt-result-title")]
            .some((one) => one.textContent === text)""",
            arg=typed.strip(),
        )
        opened.page.fill("#gt-goto", typed)
        opened.page.keyboard.press("Enter")
    opened.page.fill("#gt-search", PAYLOADS[3])
    opened.page.locator(".gt-result-title").first.wait_for()
    opened.page.press("#gt-search", "Enter")
    check_safe(opened)


def test_the_classes_and_the_filter(open_page, text):
    opened = open_whole(open_page, text)
    opened.run(OPEN_ALL)
    opened.page.wait_for_selector("#gt-filters [data-filter]", state="attached")
    for toggle in opened.page.locator(".gt-layer").first.locator(".gt-class").all()[:6]:
        toggle.click()
    opened.run("() => { GT.layers[0].offClasses = new Set(); GT.refresh(); }")
    for name in ("constructor", "__proto__", "commune_id"):
        for code in PAYLOADS[::5]:
            opened.run("([name, code]) => GT.setFilter(name, [code])", [name, code])
            holds(opened, "#gt-badge-text", [code])
        opened.run("() => GT.clearFilters()")
    opened.run(COUNTED)
    opened.run("(code) => GT.setFilter('toString', [code])", PAYLOADS[3])
    opened.page.wait_for_function("() => window.counted")
    assert opened.run("() => GT.layers[0].tally.count") == 1
    assert opened.run("() => GT.layers[0].tally.sums[0].sum") == 1
    check_safe(opened)


def test_the_address_brings_back_a_hostile_choice(open_page, text):
    opened = open_whole(open_page, text)
    opened.run(
        """async (codes) => {
          await GT.setFilter("__proto__", codes);
          await GT.setVisible(GT.layers[3], false);
          GT.layers[4].opacity = 0.5;
          GT.layers[0].offClasses = new Set([2, 5]);
          GT.refresh();
          GT.writeState(); }""",
        list(PAYLOADS),
    )
    opened.page.reload()
    wait_for_all(opened.page)
    opened.page.wait_for_function("() => GT.filters.size === 1")
    assert set(opened.run("() => [...GT.filters.get('__proto__')]")) == set(PAYLOADS)
    assert opened.run("() => GT.layers[3].visible") is False
    assert opened.run("() => GT.layers[4].opacity") == 0.5
    assert sorted(opened.run("() => [...GT.layers[0].offClasses]")) == [2, 5]
    assert opened.run(POLLUTED) == []


def test_the_selection_makes_no_formula_and_no_markup(open_page, text):
    opened = open_whole(open_page, text)
    opened.run("() => { GT.setGatherLayer(GT.layers[0]); return GT.gatherShown(); }")
    opened.page.wait_for_function(
        f"() => document.querySelectorAll('#gt-gathered .gt-link').length === {len(PAYLOADS)}"
    )
    shows(opened, "#gt-gathered .gt-link")
    shows(opened, "#gt-gathered td")
    opened.run(
        """() => { const set = DataTransfer.prototype.setData; window.copied = {};
          DataTransfer.prototype.setData = function (type, text) {
            window.copied[type] = text; set.call(this, type, text); }; }"""
    )
    opened.page.click("#gt-copy")
    opened.page.wait_for_selector("#gt-gather-said:not(:empty)")
    copied = opened.run("() => window.copied")
    lines = copied["text/plain"].rstrip("\r\n").split("\r\n")
    assert len(lines) == len(PAYLOADS) + 1
    assert {line.count("\t") for line in lines} == {len(NAMES) + 2}
    assert not [cell for line in lines for cell in line.split("\t") if cell[:1] in tuple("=+-@")]
    read = opened.run(
        """(html) => { const page = new DOMParser().parseFromString(html, "text/html");
          return [[...page.querySelectorAll("*")].map((one) => one.localName),
            [...page.querySelectorAll("td")].map((one) => one.textContent)]; }""",
        copied["text/html"],
    )
    assert set(read[0]) == {"html", "head", "body", "table", "tbody", "tr", "td"}
    assert set(PAYLOADS[:4]) <= set(read[1])
    with opened.page.expect_download() as download:
        opened.page.click("#gt-csv")
    saved = download.value.path().read_text(encoding="utf-8")
    assert not re.search(r'(?:^|;)"?[=+@]', saved, re.MULTILINE)
    assert not re.search(r"[\\/:*?\"<>|]", download.value.suggested_filename)


def test_the_strip_map_and_the_print(open_page, text):
    opened = open_whole(open_page, text)
    opened.page.click("#gt-strip-open")
    assert opened.run(TEXTS, "#gt-strip-maps parsererror") == []
    kinds = opened.run(
        "() => [...new Set([...document.querySelectorAll('#gt-strip-maps svg *')]"
        ".map((one) => one.localName))]"
    )
    assert set(kinds) <= {"title", "desc", "defs", "pattern", "rect", "path", "text"}
    holds(opened, "#gt-strip-maps title", PAYLOADS[:3])
    opened.page.click("#gt-strip-close")
    opened.run("() => { window.dispatchEvent(new Event('beforeprint')); }")
    opened.page.emulate_media(media="print")
    shows(opened, "#gt-notices p", [EVERY])
    holds(opened, "#gt-tables")
    check_safe(opened)


def test_two_panes_of_hostile_alternatives(open_page, panes):
    opened = open_whole(open_page, panes)
    for number in (0, 1):
        shows(opened, f"[data-pane='{number}'] option")
        for code in PAYLOADS[::4]:
            opened.page.select_option(f"[data-pane='{number}']", value=code)
    assert opened.run("() => GT.comparedValues()") == [PAYLOADS[::4][-1]] * 2
    holds(opened, "[data-indicator] option", [ALL])
    opened.run("() => GT.writeState()")
    check_safe(opened)


def test_without_scripts_it_is_text_too(open_page, text):
    opened = open_page(text, scripts=False)
    assert opened.page.locator("h1").first.text_content() == ALL
    for tag in ("td", "strong", "small", "caption"):
        found = " ".join(opened.page.locator(tag).all_text_contents())
        assert ALL in found or all(one in found for one in PAYLOADS)
    foreign = (
        "img, iframe, object, embed, link, base, [onload], [onerror], [onfocus], [onmouseover]"
    )
    assert opened.page.locator(foreign).count() == 0
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("page", ["text", "panes"])
def test_no_address_changes_what_the_page_is(open_page, request, page):
    opened = open_whole(open_page, request.getfixturevalue(page))
    before = opened.run("() => [document.title, GT.panes.length, GT.layers.length]")
    opened.run(GO_TO, [f"#{key}={value}" for key in KEYS for value in BROKEN])
    assert opened.run("() => [document.title, GT.panes.length, GT.layers.length]") == before
    assert opened.run(POLLUTED) == []
    assert opened.requests == []
    assert [one for one in opened.complaints if not one.startswith("#")] == []


@pytest.mark.parametrize("fragment", ["p=%25", "i=%25&f=%25&x=%25:%25&on=%25:1&v=%&d=%25"])
def test_a_broken_link_opens_the_page(open_page, panes, fragment):
    opened = open_page(panes)
    address = opened.page.url.split("#")[0]
    opened.page.goto("about:blank")
    opened.page.goto(f"{address}#{fragment}")
    opened.page.wait_for_selector("html[data-whole]", state="attached", timeout=8_000)
    assert opened.run("() => GT.comparedValues().every((one) => typeof one === 'string')")


def test_a_link_writes_no_words_of_its_own_on_the_map(open_page, text):
    opened = open_whole(open_page, text)
    opened.run(GO_TO, ["#f=commune_id:Call%200123%20456%20789"])
    assert "0123" not in opened.page.inner_text("body")


def test_the_policy_stands_first_and_blocks_what_was_not_written(open_page, sample):
    head = sample[sample.index("<head>") + len("<head>") :].lstrip()
    metas = re.findall(r"<meta [^>]*>", head)
    assert metas[0] == '<meta charset="utf-8">'
    assert head.startswith(metas[0] + "\n" + metas[1])
    policy = dict(
        part.strip().split(" ", 1)
        for part in re.search(r'Content-Security-Policy" content="([^"]*)"', metas[1])[1].split(";")
    )
    assert set(policy) == {
        "default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"
    }  # fmt: skip
    assert {policy[key] for key in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert policy["img-src"] == "data: blob:"
    for key in ("script-src", "style-src"):
        assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", one) for one in policy[key].split())
    opened = open_page(sample)
    assert opened.run(HANDLERS) == 2
    opened.run("() => fetch('https://example.org/').catch(() => 0)")
    opened.run("() => new Promise((done) => setTimeout(done, 50))")
    assert opened.run("() => window.hacked === undefined")
    assert [one for one in opened.requests if not one.startswith("x:")] == []
    assert sum("Content Security Policy" in one for one in opened.complaints) >= 5


def test_templates_never_see_data(monkeypatch):
    """Folium's templates are rendered without one word of the page, and no word is evaluated."""
    seen = []
    of_text = jinja2.Template.__new__

    def watch(cls, source, *rest, **settings):
        seen.append(source)
        return of_text(cls, source, *rest, **settings)

    render = jinja2.Template.render

    def watch_render(self, *given, **named):
        done = render(self, *given, **named)
        seen.append(done)
        return done

    monkeypatch.setattr(jinja2.Template, "__new__", watch)
    monkeypatch.setattr(jinja2.Template, "render", watch_render)
    page = render_page(make_attacked_content())
    assert seen
    for text in (*PAYLOADS[:9], *PAYLOADS[10:26]):
        assert not [one for one in seen if text in one]
    assert "{{ 7*7 }}" in page
    assert "{{ cycler.__init__.__globals__.os.getpid() }}" in page


def test_a_project_of_hostile_files(open_page, project):
    found = assess(open_project(project), on="2024-05-01")
    wanted = recipe.load_recipe(RECIPE, project)
    profile = redaction.load_profile("internal", recipient=EVERY[:200])
    opened = open_whole(open_page, maps.render(found, wanted, profile).html)
    for language in ("vi", "en"):
        opened.page.click(f"[data-language={language}]")
        assert ALL in opened.page.locator("#gt-title").text_content()
        shows(opened, ".gt-layer-name", [ALL])
        shows(opened, ".gt-class-name")
        holds(opened, "#gt-watermark span", [EVERY[:200]])
        opened.run(SELECT, ["parcels", PAYLOADS[3]])
        assert opened.page.locator("#gt-card h2").text_content() == PAYLOADS[3]
        opened.run(SELECT, ["wells", "M1"])
        shows(opened, "#gt-card dt", OWN_COLUMNS)
        shows(opened, "#gt-card dd", PAYLOADS[: len(OWN_COLUMNS)])
    opened.run("(code) => GT.setFilter('__proto__', [code])", PAYLOADS[0])
    holds(opened, "#gt-badge-text", PAYLOADS[:1])
    check_safe(opened)
