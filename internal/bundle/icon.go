package bundle

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"image/jpeg"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of an icon.
const (
	maxIconSide     = 2048 // pixels
	maxIconElements = 4000
	maxIconDepth    = 64
)

// isImage looks at the first bytes only: the web view decodes, in its own
// process, and a file that is another kind of image is not worth a fault.
func isImage(data []byte, mediaType string) bool {
	switch mediaType {
	case "image/png":
		return bytes.HasPrefix(data, []byte(pngPreface))
	case "image/jpeg":
		return bytes.HasPrefix(data, []byte("\xff\xd8\xff"))
	case "image/webp":
		return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
	case icoType:
		return bytes.HasPrefix(data, []byte(icoHeader))
	case "image/svg+xml":
		return utf8.Valid(data) && rootElement(data) == "svg"
	}
	return false
}

func rootElement(data []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local
		}
	}
}

// iconProblem says why an image could stall or end the window that shows it,
// or nothing. A small file can be a very large picture.
func iconProblem(data []byte, mediaType string) string {
	if mediaType == "image/svg+xml" {
		return drawingProblem(data)
	}
	if mediaType == icoType {
		return icoProblem(data)
	}
	width, height, ok := pictureSize(data, mediaType)
	switch {
	case !ok:
		return "does not say how large it is"
	case width > maxIconSide || height > maxIconSide:
		return "is larger than 2048 by 2048 pixels"
	}
	return ""
}

// pictureSize reads the size in pixels out of the header.
func pictureSize(data []byte, mediaType string) (width, height uint32, ok bool) {
	switch mediaType {
	case "image/png":
		if len(data) < 24 || string(data[12:16]) != "IHDR" {
			return 0, 0, false
		}
		return binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:]), true
	case "image/jpeg":
		config, err := jpeg.DecodeConfig(bytes.NewReader(data))
		return uint32(config.Width), uint32(config.Height), err == nil
	}
	if len(data) < 30 {
		return 0, 0, false
	}
	switch string(data[12:16]) { // WebP
	case "VP8 ":
		return uint32(binary.LittleEndian.Uint16(data[26:]) & 0x3fff), uint32(binary.LittleEndian.Uint16(data[28:]) & 0x3fff), true
	case "VP8L":
		bits := binary.LittleEndian.Uint32(data[21:])
		return bits&0x3fff + 1, bits>>14&0x3fff + 1, true
	case "VP8X":
		return binary.LittleEndian.Uint32(data[24:])&0xffffff + 1, binary.LittleEndian.Uint32(data[26:])>>8 + 1, true
	}
	return 0, 0, false
}

// drawingProblem looks for what makes a short drawing take long: elements that
// repeat others, which can repeat others in turn, entities, filters, dashes,
// and anything that runs.
func drawingProblem(data []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	d := drawing{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "is not well-formed XML"
		}
		if why := d.take(token); why != "" {
			return why
		}
	}
	if d.clips && d.sheetRefers {
		return "refers to parts of itself in a style sheet, and has masks or clip paths"
	}
	return ""
}

// drawing is what was seen of one.
type drawing struct {
	elements    int
	open        []string
	inside      int  // masks and clip paths that are open
	clips       bool // it has any
	sheetRefers bool
}

func (d *drawing) take(token xml.Token) string {
	switch t := token.(type) {
	case xml.Directive:
		return "has a document type"
	case xml.ProcInst:
		if t.Target != "xml" {
			return "has a processing instruction"
		}
	case xml.CharData:
		if len(d.open) > 0 && d.open[len(d.open)-1] == "style" {
			d.sheetRefers = d.sheetRefers || strings.Contains(strings.ToLower(string(t)), "url(")
			return styleProblem(string(t))
		}
	case xml.EndElement:
		if clip(t.Name.Local) {
			d.inside--
		}
		d.open = d.open[:len(d.open)-1]
	case xml.StartElement:
		return d.start(t)
	}
	return ""
}

func (d *drawing) start(t xml.StartElement) string {
	name := t.Name.Local
	switch name {
	case "use", "pattern", "marker", "filter", "image", "feImage", "foreignObject", "script",
		"set", "animate", "animateMotion", "animateTransform", "animateColor", "iframe", "video", "audio":
		return "has the element " + name + " in it"
	}
	d.elements++
	d.open = append(d.open, name)
	if d.elements > maxIconElements || len(d.open) > maxIconDepth {
		return "has more than 4,000 elements, or more than 64 inside one another"
	}
	if clip(name) {
		d.inside++
		d.clips = true
	}
	for _, a := range t.Attr {
		key := strings.ToLower(a.Name.Local)
		switch {
		case strings.HasPrefix(key, "on"):
			return "has a script in it"
		case key == "filter" || key == "stroke-dasharray":
			return "uses " + key
		case d.inside > 0 && (key == "href" || strings.Contains(strings.ToLower(a.Value), "url(")):
			return "has a mask or clip path that refers to something else"
		}
		if why := styleProblem(a.Value); key == "style" && why != "" {
			return why
		}
	}
	return ""
}

func clip(name string) bool { return name == "mask" || name == "clipPath" }

// styleProblem judges CSS. An escape could spell any word, so none may stand.
func styleProblem(css string) string {
	css = strings.ToLower(css)
	for _, word := range []string{`\`, "/*", "@", "filter", "dasharray", "animation", "transition"} {
		if strings.Contains(css, word) {
			return "has “" + word + "” in its style"
		}
	}
	return ""
}
