package notify

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The size of the picture, and of its margins, in pixels.
const (
	wide, high       = 720, 240
	left, right      = 44, 8
	top, bottom      = 12, 24
	minutesOfHalf    = 30
	ticksOfTheHeight = 4
)

// Blue and orange are told apart also by those who see no red or green.
var (
	ink    = color.RGBA{0x1b, 0x1f, 0x24, 0xff}
	grid   = color.RGBA{0xd0, 0xd7, 0xde, 0xff}
	blue   = color.RGBA{0x1f, 0x77, 0xb4, 0xff}
	orange = color.RGBA{0xd9, 0x5f, 0x02, 0xff}
)

// picture draws how many callers came in each half hour of the day, and in front of
// each bar how many of them gave up. A day of the change of the clocks has 46 or 50.
func (d dayReport) picture() ([]byte, error) {
	start, err := time.ParseInLocation(time.DateOnly, d.Day, zone(d.Zone))
	if err != nil {
		return nil, err
	}
	halves := int(start.AddDate(0, 0, 1).Sub(start) / (minutesOfHalf * time.Minute))
	came, gaveUp, most := make([]int, halves), make([]int, halves), 1
	for _, h := range d.Halves {
		i := int(h.Start.Sub(start) / (minutesOfHalf * time.Minute))
		if i < 0 || i >= halves {
			continue
		}
		came[i] += h.Offered
		gaveUp[i] += h.Abandoned
		most = max(most, came[i])
	}
	step := (most + ticksOfTheHeight - 1) / ticksOfTheHeight
	most = step * ticksOfTheHeight
	p := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.Draw(p, p.Bounds(), image.White, image.Point{}, draw.Src)
	height := func(n int) int { return (high - top - bottom) * n / most }
	across := func(i int) int { return left + (wide-left-right)*i/halves }
	for n := 0; n <= most; n += step {
		y := high - bottom - height(n)
		fill(p, left, y, wide-right, y+1, grid)
		write(p, 4, y+4, fmt.Sprintf("%5d", n))
	}
	for i := range halves {
		fill(p, across(i)+1, high-bottom-height(came[i]), across(i+1)-1, high-bottom, blue)
		fill(p, across(i)+3, high-bottom-height(gaveUp[i]), across(i+1)-3, high-bottom, orange)
		if at := start.Add(time.Duration(i*minutesOfHalf) * time.Minute); at.Minute() == 0 && at.Hour()%3 == 0 {
			write(p, across(i), high-6, at.Format("15:04"))
		}
	}
	fill(p, left, high-bottom, wide-right, high-bottom+1, ink)
	var b bytes.Buffer
	err = png.Encode(&b, p)
	return b.Bytes(), err
}

func fill(p *image.RGBA, x0, y0, x1, y1 int, c color.Color) {
	draw.Draw(p, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

func write(p *image.RGBA, x, y int, text string) {
	d := font.Drawer{Dst: p, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(text)
}
