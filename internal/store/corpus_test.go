package store

import (
	"bufio"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// entry is one statement of testdata/hostile.txt, sent to one place.
type entry struct {
	line    int
	why     string
	context string // query, execute or migration
	code    string // what it is answered with, "" for nothing
	text    string // expanded
	grants  []Grant
	despite []string // tables it may show or change all the same
}

// corpus reads testdata/hostile.txt, whose head describes it.
func corpus(t testing.TB) (list []entry) {
	t.Helper()
	file, err := os.Open("testdata/hostile.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var heads []entry
	why, text := "", ""
	flush := func() {
		for _, head := range heads {
			head.text = expand(text)
			list = append(list, head)
		}
		heads, text = nil, ""
	}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if statement, ok := strings.CutPrefix(line, "\t"); ok {
			text = strings.TrimPrefix(text+"\n"+statement, "\n")
			continue
		}
		flush()
		switch {
		case line == "":
		case strings.HasPrefix(line, "#"):
			why = strings.TrimPrefix(line, "# ")
		default:
			for context := range strings.SplitSeq(strings.Fields(line)[0], ",") {
				heads = append(heads, readHead(t, entry{line: number, why: why, context: context}, strings.Fields(line)[1:]))
			}
		}
	}
	flush()
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func readHead(t testing.TB, e entry, fields []string) entry {
	t.Helper()
	if e.code = fields[0]; e.code == "ok" {
		e.code = ""
	}
	for _, field := range fields[1:] {
		if field[0] == '~' {
			e.despite = append(e.despite, otherPrefix+field[1:])
			continue
		}
		action, target, ok := strings.Cut(field[1:], ":")
		if !ok || field[0] != '+' && field[0] != '-' {
			t.Fatalf("line %d: %q", e.line, field)
		}
		switch target[0] {
		case '=':
			target = target[1:]
		case '@':
			target = otherPrefix[:66] + target[1:]
		default:
			target = otherPrefix + target
		}
		e.grants = append(e.grants, Grant{Action: Action(action), Target: target, Deny: field[0] == '-'})
	}
	return e
}

var (
	otherName = regexp.MustCompile("\\{\\{([\\^'\\[`.\"]?)((?:__new_)?)([a-z0-9_]+)\\}\\}")
	thirdName = regexp.MustCompile(`<<([a-z]+)>>`)
	ownName   = regexp.MustCompile(`\{((?:__new_)?)([a-z0-9_]+)\}`)
	repeated  = regexp.MustCompile(`<(\d+)\*([^>]*)>`)
)

// expand writes the names in full.
func expand(text string) string {
	text = otherName.ReplaceAllStringFunc(text, func(found string) string {
		part := otherName.FindStringSubmatch(found)
		name := part[2] + otherPrefix + part[3]
		switch part[1] {
		case "^":
			return `"` + strings.ToUpper(name) + `"`
		case "'", "`":
			return part[1] + name + part[1]
		case "[":
			return "[" + name + "]"
		case ".":
			return name
		}
		return `"` + name + `"`
	})
	text = thirdName.ReplaceAllString(text, `"`+thirdPrefix+`$1"`)
	text = ownName.ReplaceAllString(text, `"${1}`+notesPrefix+`$2"`)
	text = strings.NewReplacer("<BOM>", byteOrderMark, "<VT>", "\v").Replace(text)
	return repeated.ReplaceAllStringFunc(text, func(found string) string {
		part := repeated.FindStringSubmatch(found)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
}
