"""What the doctor found, as a table for terminals and notebooks."""

from dataclasses import dataclass
from html import escape

COLOURS = {"ok": "#2e7d32", "note": "#b26a00", "problem": "#c62828"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `status` is "ok", "note" (works, could be better) or "problem"."""

    status: str
    what: str
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Report:
    """All findings; prints as a table, and shows itself as one in a notebook."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem; notes do not count."""
        return self._problems() == 0

    def __str__(self) -> str:
        width = max(len(finding.what) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.status:8} {finding.what:{width}}  {finding.found}")
            if finding.advice:
                lines.append(f"{'':8} {'':{width}}  -> {finding.advice}")
        return "\n".join([*lines, "", self._summary()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<table>{''.join(map(_row, self.findings))}</table><p>{self._summary()}</p>"

    def _problems(self) -> int:
        return sum(finding.status == "problem" for finding in self.findings)

    def _summary(self) -> str:
        if self.ok:
            return "Everything that is needed is here."
        plural = "s" if self._problems() > 1 else ""
        return f"{self._problems()} problem{plural}: the arrow says what to do."


def _row(finding: Finding) -> str:
    advice = f"<br>&rarr; {escape(finding.advice)}" if finding.advice else ""
    cells = (
        f'<b style="color: {COLOURS[finding.status]}">{finding.status}</b>',
        escape(finding.what),
        f"{escape(finding.found)}{advice}",
    )
    return "<tr>" + "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells) + "</tr>"
