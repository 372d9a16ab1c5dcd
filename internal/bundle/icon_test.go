package bundle

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// TestIconsThatCouldStallTheWindow: an icon is shown before the review is
// accepted, so it may not take the window with it.
func TestIconsThatCouldStallTheWindow(t *testing.T) {
	svg := func(inside string) string { return `<svg xmlns="http://www.w3.org/2000/svg">` + inside + `</svg>` }
	for _, s := range []string{
		`<!DOCTYPE svg [<!ENTITY a "aaaa">]>` + svg("&a;"), `<!DOCTYPE svg>` + svg(""), svg("&a;"), svg("<g>"),
		`<?xml-stylesheet href="x"?>` + svg(""),
		svg(`<g id="a"/><use href="#a"/>`), svg(`<pattern id="p"/>`), svg(`<marker/>`), svg(`<filter/>`), svg(`<image/>`),
		svg(`<foreignObject/>`), svg(`<script/>`), svg(`<animate/>`), svg(`<set/>`), svg(`<g onload="x"/>`),
		svg(`<mask id="a"><rect mask="url(#b)"/></mask>`), svg(`<clipPath id="a" clip-path="url(#b)"/>`), svg(`<mask><linearGradient href="#b"/></mask>`),
		svg(`<mask id="a"/><style>.a{mask:url(#a)}</style>`), svg(`<style>.a{mask:URL(#a)}</style><clipPath/>`),
		svg(`<style>.a{mask:u\72l(#a)}</style>`), svg(`<style>@import "x"</style>`), svg(`<style><![CDATA[@import "x"]]></style>`), svg(`<g style="filter:blur(9px)"/>`),
		svg(`<path stroke-dasharray="0.001" d=""/>`), svg(`<path style="stroke-dasharray:0.001" d=""/>`), svg(`<path filter="blur(1px)"/>`),
		svg(strings.Repeat("<g/>", maxIconElements)), svg(strings.Repeat("<g>", maxIconDepth) + strings.Repeat("</g>", maxIconDepth)),
	} {
		if iconProblem([]byte(s), "image/svg+xml") == "" {
			t.Errorf("%.120s passed", s)
		}
	}
	for _, s := range []string{
		svg(""), `<?xml version="1.0" encoding="UTF-8"?><!-- x -->` + svg(`<g><path d="M0 0"/></g>`),
		svg(`<defs><linearGradient id="a"><stop/></linearGradient><linearGradient id="b" href="#a"/></defs><rect fill="url(#b)" style="fill:url(#a)"/>`),
		svg(`<mask id="a"><rect fill="#fff"/></mask><g mask="url(#a)"/>`), svg(`<style>.a{fill:url(#b)}</style>`), svg(`<text>a\b @</text>`),
	} {
		if why := iconProblem([]byte(s), "image/svg+xml"); why != "" {
			t.Errorf("%s %s", s, why)
		}
	}
	for _, side := range []int{1, maxIconSide, maxIconSide + 1} {
		var p, j bytes.Buffer
		picture := image.NewGray(image.Rect(0, 0, side, 1))
		if err := png.Encode(&p, picture); err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(&j, picture, nil); err != nil {
			t.Fatal(err)
		}
		for kind, data := range map[string][]byte{
			"image/png": p.Bytes(), "image/jpeg": j.Bytes(),
			"image/webp": webp("VP8X", 0, 0, 0, 0, byte(side-1), byte((side-1)>>8), 0, 0, 0, 0),
		} {
			if why := iconProblem(data, kind); (why == "") != (side <= maxIconSide) {
				t.Errorf("%s of %d: %q", kind, side, why)
			}
		}
	}
	for kind, data := range map[string][]byte{
		"image/png": []byte("\x89PNG\r\n\x1a\n"), "image/jpeg": []byte("\xff\xd8\xff"), "image/webp": webp("VP8?", make([]byte, 10)...),
	} {
		if iconProblem(data, kind) == "" {
			t.Errorf("%s without a size passed", kind)
		}
	}
	if w, h, ok := pictureSize(webp("VP8 ", 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0), "image/webp"); w != 320 || h != 240 || !ok {
		t.Error("VP8", w, h, ok)
	}
	if w, h, ok := pictureSize(webp("VP8L", 0x2f, 0x3f, 0xc1, 0x3b, 0, 0, 0, 0, 0, 0), "image/webp"); w != 320 || h != 240 || !ok {
		t.Error("VP8L", w, h, ok)
	}
}

func webp(chunk string, body ...byte) []byte {
	return append([]byte("RIFF....WEBP"+chunk+"...."), body...)
}
