package ivr

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// A drawing is laid out in layers: numbers on top, and each box below the
// first that leads to it. Within a layer boxes stand under those they come
// from. Only ways to the layer below are drawn as arrows; where else a way
// leads is written into the box ("then > main"), since arrows across the page
// are what makes such pictures unreadable.

// placed is a box with its place, in pixels.
type placed struct {
	box
	layer         int
	x, y          float64 // of the middle of the top edge
	width, height float64
	asides        int     // how many of the lines tell where else it leads
	down          []arrow // to the layer below, from left to right
}

// Sizes, in pixels.
const (
	letter    = 7.2 // width of a small letter at 12 px
	lineHigh  = 16.0
	padding   = 12.0
	gapAcross = 28.0
	gapDown   = 64.0
	margin    = 24.0
)

// layout gives every box its place, and tells the size of the whole.
// A way that nothing leads but time is called then.
func (d drawing) layout(then string) (boxes map[string]*placed, width, height float64) {
	boxes = map[string]*placed{}
	for _, b := range d.boxes {
		boxes[b.id] = &placed{box: b, layer: -1}
	}
	layers := d.layers(boxes)
	for _, a := range d.arrows {
		from, to := boxes[a.from], boxes[a.to]
		if to.layer == from.layer+1 {
			from.down = append(from.down, a)
			continue
		}
		label := a.label
		if label == "" {
			label = then
		}
		from.lines = append(slices.Clip(from.lines), shorten(label+" \u2192 "+a.to))
		from.asides++
	}
	for _, p := range boxes {
		p.measure()
	}
	d.order(layers, boxes)
	for _, p := range boxes {
		slices.SortStableFunc(p.down, func(a, b arrow) int { return cmp.Compare(boxes[a.to].x, boxes[b.to].x) })
	}
	return boxes, widest(layers), stack(layers)
}

// measure makes the box wide enough for its lines, and for the words at its
// arrows side by side.
func (p *placed) measure() {
	p.height = float64(len(p.lines))*lineHigh + padding
	for _, line := range p.lines {
		p.width = max(p.width, textWidth(line)+2*padding)
	}
	words := 0.0
	for _, a := range p.down {
		words += textWidth(shorten(a.label)) + padding
	}
	p.width = max(p.width, words)
}

// textWidth estimates the width of a line; a Chinese, Japanese or Korean character
// is twice as wide as a letter.
func textWidth(line string) float64 {
	wide := 0
	for _, r := range line {
		if r >= 0x1100 {
			wide++
		}
	}
	return float64(utf8.RuneCountInString(line)+wide*2/3) * letter
}

// layers puts each box one below the first box that leads to it.
func (d drawing) layers(boxes map[string]*placed) [][]*placed {
	var now []*placed
	for _, b := range d.boxes {
		if b.shape == number {
			now = append(now, boxes[b.id])
		}
	}
	now = append(now, boxes[PersonBox])
	var layers [][]*placed
	for level := 0; len(now) > 0; level++ {
		var below []*placed
		for _, p := range now {
			p.layer = level
		}
		for _, p := range now {
			for _, a := range d.arrows {
				if to := boxes[a.to]; a.from == p.id && to.layer < 0 && !slices.Contains(below, to) {
					below = append(below, to)
				}
			}
		}
		layers = append(layers, now)
		now = below
	}
	return layers
}

// order moves boxes within their layers towards the middle of those they are
// joined with, a few times down and up.
func (d drawing) order(layers [][]*placed, boxes map[string]*placed) {
	for _, layer := range layers {
		spread(layer)
	}
	for round := range 8 {
		for i := range layers {
			if round%2 == 1 {
				i = len(layers) - 1 - i
			}
			pull := map[*placed]float64{}
			for _, p := range layers[i] {
				pull[p] = d.middle(p, boxes, round%2 == 0)
			}
			slices.SortStableFunc(layers[i], func(a, b *placed) int { return cmp.Compare(pull[a], pull[b]) })
			spread(layers[i])
		}
	}
}

// middle is the mean place of the boxes above (or below) that p is joined with.
func (d drawing) middle(p *placed, boxes map[string]*placed, above bool) float64 {
	sum, count := 0.0, 0.0
	for _, a := range d.arrows {
		other := ""
		switch {
		case above && a.to == p.id:
			other = a.from
		case !above && a.from == p.id:
			other = a.to
		}
		if q := boxes[other]; q != nil && q != p && (q.layer < p.layer) == above {
			sum, count = sum+q.x, count+1
		}
	}
	if count == 0 {
		return p.x
	}
	return sum / count
}

// spread puts a layer's boxes side by side, around zero.
func spread(layer []*placed) {
	total := -gapAcross
	for _, p := range layer {
		total += p.width + gapAcross
	}
	x := -total / 2
	for _, p := range layer {
		p.x = x + p.width/2
		x += p.width + gapAcross
	}
}

// widest moves everything to the right of the margin and returns the width.
func widest(layers [][]*placed) float64 {
	left, right := 0.0, 0.0
	for _, layer := range layers {
		for _, p := range layer {
			left, right = min(left, p.x-p.width/2), max(right, p.x+p.width/2)
		}
	}
	for _, layer := range layers {
		for _, p := range layer {
			p.x += margin - left
		}
	}
	return right - left + 2*margin
}

// stack puts the layers below one another and returns the height.
func stack(layers [][]*placed) float64 {
	y := margin
	for _, layer := range layers {
		highest := 0.0
		for _, p := range layer {
			p.y = y
			highest = max(highest, p.height)
		}
		y += highest + gapDown
	}
	return y - gapDown + margin
}
