"""report: the same page from the same folder; self-contained, with a Content-Security-Policy."""
import html.parser
import pathlib
import re

from e2e import PHANTOM, bytes_of, need, refused, result, tare

tare("plan", PHANTOM / "case-plan.json", "--case-id", "R1", "--out", "plan")


class Page(html.parser.HTMLParser):
    """what a page refers to, and whether its elements close"""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.policy, self.tags = [], [], None, set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        attrs = dict(attrs)
        if tag == "meta" and attrs.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = attrs["content"]
        for name in "href", "src", "srcset", "action", "data", "poster", "xlink:href":
            if name in attrs:
                self.links.append(attrs[name])
        self.links += re.findall(r"url\(([^)]*)\)", attrs.get("style") or "")
        if tag not in ("meta", "br", "img", "hr", "link", "input", "col"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        need(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}")
        self.open.pop()


def check_page(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    need(not page.open, f"{path}: never closed {page.open}")
    need(page.policy and page.policy.startswith("default-src 'none'"), f"policy {page.policy!r}")
    outside = [u for u in page.links if not u.startswith(("data:", "#"))]
    need(not outside, f"{path} refers to {outside[:3]}")
    need(not page.tags & {"script", "iframe", "object", "embed", "link"}, f"{path}: {page.tags}")
    need("@import" not in text and not re.search(r"url\((?!['\"]?(data:|#))", text), "CSS loads")
    need("R1" in text, "no case_id")
    for row in (v for v in result("plan")["vois"] if v["mean_gy"] is not None):
        need(f"{row['mean_gy']:.4g}" in text, f"{row['name']}: {row['mean_gy']:.4g} Gy not shown")
    for row in result("plan")["checks"]:
        need(row["id"] in text, f"{row['id']} not shown")
    return text


def words(text):
    """the page without its pictures: those are drawn from the VOIs as stored, in steps of 1/255"""
    return re.sub(r"<figure.*?</figure>", "", text, flags=re.S)


first = check_page("plan/report.html")
data = bytes_of("plan/result.json")
refused(2, ["overwrite"], "report", "plan")
pathlib.Path("plan/report.html").write_text("old")
tare("report", "plan", "--overwrite")
again = check_page("plan/report.html")
need(words(again) == words(first), "rendered again, the page says something else")
need(bytes_of("plan/result.json") == data, "report has changed result.json")
pathlib.Path("plan/report.html").unlink()
tare("report", "plan")
need(pathlib.Path("plan/report.html").read_text(encoding="utf-8") == again,
     "a page made anew differs")

# Folders that hold no result.
pathlib.Path("empty").mkdir()
refused(3, ["result.json"], "report", "empty")
pathlib.Path("plan/result.json").write_text(data.decode()[: len(data) // 2])
refused(3, ["result.json"], "report", "plan", "--overwrite")
need(pathlib.Path("plan/report.html").read_text(encoding="utf-8") == again,
     "a refused run has changed the page")
