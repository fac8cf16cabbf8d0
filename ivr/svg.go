package ivr

import (
	"fmt"
	"html"
	"strings"
)

// DrawSVG returns the flow as an SVG picture that loads nothing: boxes for
// nodes, full arrows for choices and for what follows, dashed ones for
// failures and for queues that cannot take a caller. 0 is drawn once, since it
// leads to a person from everywhere. What notes has to say stands in the boxes and
// at the keys. A box tells its node in data-node, so that a page can make a link of it.
// The program's words are in a language of the pages: es, ko, ja, or else English.
func DrawSVG(f *Flow, notes Notes, language string) string {
	d := f.drawing(language)
	d.note(notes)
	boxes, width, height := d.layout(drawWord(language, "then"))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" font-family="system-ui, sans-serif" font-size="12">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n%s", html.EscapeString(fmt.Sprintf(drawWord(language, "The flow %s"), f.Version)), svgStyle)
	for _, each := range d.boxes {
		svgArrows(&b, boxes[each.id], boxes)
	}
	for _, each := range d.boxes {
		svgBox(&b, boxes[each.id])
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// svgStyle has colours for light and for dark pages.
const svgStyle = `<style>
  rect { stroke: #334155; } text { fill: #0f172a; }
  .number rect { fill: #1e293b; } .number text { fill: #f8fafc; }
  .text rect { fill: #f8fafc; } .choice rect { fill: #fef3c7; } .work rect { fill: #e0e7ff; }
  .people rect { fill: #d1fae5; } .over rect { fill: #e5e7eb; }
  .head { font-weight: 600; } .count { font-weight: 600; fill: #9a3412; } .number .count { fill: #fdba74; } .detail { fill: #475569; } .aside { fill: #1d4ed8; }
  path { fill: none; stroke: #64748b; stroke-width: 1.4; } path.tip { fill: #64748b; stroke: none; } .rare path { stroke-dasharray: 5 4; }
  .label { fill: #0f172a; font-weight: 600; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  svg { background: #ffffff; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1e2127; } rect { stroke: #8a94a6; } text, .label { fill: #eceef2; }
    .number rect { fill: #dbe3ee; } .number text { fill: #14161a; } .number .count { fill: #9a3412; }
    .text rect { fill: #272b33; } .choice rect { fill: #4a3a12; } .work rect { fill: #2b3358; }
    .people rect { fill: #16432f; } .over rect { fill: #363b45; }
    .count { fill: #ffb98a; } .detail { fill: #c2c9d4; } .aside { fill: #9cc9ff; }
    path { stroke: #a5adbb; } path.tip { fill: #a5adbb; } .label { stroke: #1e2127; }
  }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
`

func svgBox(b *strings.Builder, p *placed) {
	radius := 4.0
	if p.shape == number || p.shape == people || p.shape == over {
		radius = 14
	}
	fmt.Fprintf(b, `<g class="%s" data-node="%s"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.0f"/>`, p.shape, html.EscapeString(p.id), p.x-p.width/2, p.y, p.width, p.height, radius)
	for i, line := range p.lines {
		class := "head"
		switch {
		case i >= len(p.lines)-p.asides:
			class = "aside"
		case i > 0 && i <= p.notes:
			class = "count"
		case i > 0 && p.shape != number:
			class = "detail"
		}
		fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, class, p.x, p.y+padding/2+lineHigh*(float64(i)+0.75), html.EscapeString(line))
	}
	b.WriteString("</g>\n")
}

// svgArrows draws the ways to the layer below, each leaving the box above its
// own word.
func svgArrows(b *strings.Builder, from *placed, boxes map[string]*placed) {
	total := 0.0
	for _, a := range from.down {
		total += textWidth(shorten(a.label)) + padding
	}
	x, y := from.x-total/2, from.y+from.height
	for _, a := range from.down {
		wide := textWidth(shorten(a.label)) + padding
		class := ""
		if a.by == byFailure || a.by == byRefusal {
			class = ` class="rare"`
		}
		start, to := x+wide/2, boxes[a.to]
		bend := (to.y - y) / 2
		fmt.Fprintf(b, `<g%s><path d="M%.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f %.1f" marker-end="url(#tip)"/>`,
			class, start, y, y+20, start, y+20+bend/2, to.x, to.y-bend, to.x, to.y-2)
		if a.label != "" {
			fmt.Fprintf(b, `<text class="label" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, start, y+15, html.EscapeString(shorten(a.label)))
		}
		b.WriteString("</g>\n")
		x += wide
	}
}
