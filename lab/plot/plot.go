package plot

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Plot is a picture.
type Plot struct {
	Title  string
	Panels []Panel
}

// Panel is a pair of axes. The horizontal axis, in seconds, is the same for all panels of a plot.
type Panel struct {
	Title  string // with the unit, such as "rate, kbit/s"
	Series []Series
	Top    float64 // end of the vertical axis; 0: what the series need
}

// Series is a named line.
type Series struct {
	Name   string
	Points []Point
	Steps  bool // the value holds until the next point
	Dots   bool // no line
}

// Point is a value at a time. A value that is not a number breaks the line.
type Point struct{ X, Y float64 }

const (
	width, height = 960.0, 190.0 // of the picture, and of a panel with its texts
	left, right   = 64.0, 16.0   // around the axes
	above, below  = 26.0, 24.0   // of a panel
	head          = 30.0         // title of the picture
	inner, tall   = width - left - right, height - above - below
)

// colours are told apart also by those who see red and green alike (Okabe and Ito).
var colours = [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555"}

// Write draws p.
func Write(w io.Writer, p Plot) error {
	b := bufio.NewWriter(w)
	total := head + height*float64(len(p.Panels))
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g" `+
		`font-family="sans-serif" font-size="12">`+"\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", width, total)
	text(b, left, 20, "start", "#000", p.Title)
	begin, end := span(p)
	for i, panel := range p.Panels {
		a := axes{y: head + height*float64(i) + above, begin: begin, end: end, top: top(panel)}
		a.draw(b, panel)
	}
	fmt.Fprintln(b, "</svg>")
	return b.Flush()
}

// axes maps values to the picture.
type axes struct{ y, begin, end, top float64 }

func (a axes) at(p Point) (x, y float64) {
	return left + inner*(p.X-a.begin)/(a.end-a.begin), a.y + tall*(1-min(max(p.Y/a.top, -0.02), 1.02))
}

func (a axes) draw(b *bufio.Writer, panel Panel) {
	text(b, left, a.y-8, "start", "#000", panel.Title)
	for _, v := range ticks(0, a.top, 4) {
		_, y := a.at(Point{a.begin, v})
		line(b, left, y, left+inner, y)
		text(b, left-6, y+4, "end", "#444", number(v))
	}
	for _, v := range ticks(a.begin, a.end, 12) {
		x, _ := a.at(Point{v, 0})
		line(b, x, a.y, x, a.y+tall)
		text(b, x, a.y+tall+15, "middle", "#444", number(v))
	}
	x := left + inner
	for i := len(panel.Series) - 1; i >= 0; i-- { // names from right to left
		name := panel.Series[i].Name
		text(b, x, a.y-8, "end", colours[i%len(colours)], name)
		x -= 7*float64(len([]rune(name))) + 16
	}
	for i, s := range panel.Series {
		a.series(b, s, colours[i%len(colours)])
	}
}

func (a axes) series(b *bufio.Writer, s Series, colour string) {
	if s.Dots {
		for _, p := range s.Points {
			if x, y := a.at(p); finite(p) {
				fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`+"\n", x, y, colour)
			}
		}
		return
	}
	var path strings.Builder
	drawing := false
	for _, p := range s.Points {
		if !finite(p) {
			drawing = false
			continue
		}
		x, y := a.at(p)
		switch {
		case !drawing:
			fmt.Fprintf(&path, "M%.1f %.1f", x, y)
		case s.Steps:
			fmt.Fprintf(&path, "H%.1fV%.1f", x, y)
		default:
			fmt.Fprintf(&path, "L%.1f %.1f", x, y)
		}
		drawing = true
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", path.String(), colour)
}

// span is the time that all series of a plot cover.
func span(p Plot) (begin, end float64) {
	begin, end = math.Inf(1), math.Inf(-1)
	for _, panel := range p.Panels {
		for _, s := range panel.Series {
			for _, point := range s.Points {
				if finite(point) {
					begin, end = min(begin, point.X), max(end, point.X)
				}
			}
		}
	}
	if begin > end {
		return 0, 1
	}
	if begin == end {
		end++
	}
	return begin, end
}

// top is where the vertical axis of a panel ends.
func top(p Panel) float64 {
	most := 0.0
	for _, s := range p.Series {
		for _, point := range s.Points {
			if finite(point) {
				most = max(most, point.Y)
			}
		}
	}
	return cmp.Or(p.Top, most*1.05, 1)
}

// ticks are round values from begin to end, about n of them.
func ticks(begin, end float64, n int) (list []float64) {
	raw := (end - begin) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	switch {
	case raw > 5*step:
		step *= 10
	case raw > 2*step:
		step *= 5
	case raw > step:
		step *= 2
	}
	for i := math.Ceil(begin / step); i*step <= end && len(list) < 10*n; i++ {
		list = append(list, i*step)
	}
	return list
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }

func finite(p Point) bool { return !math.IsNaN(p.X+p.Y) && !math.IsInf(p.X+p.Y, 0) }

func line(b *bufio.Writer, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#ddd"/>`+"\n", x1, y1, x2, y2)
}

func text(b *bufio.Writer, x, y float64, anchor, colour, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">`, x, y, anchor, colour)
	_ = xml.EscapeText(b, []byte(s)) // errors stay in b
	fmt.Fprintln(b, "</text>")
}
