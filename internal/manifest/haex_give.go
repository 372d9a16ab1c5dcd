package manifest

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// shells are the programs that “any program” means: haex extensions reach
// programs only through a terminal, and a terminal needs one of these.
var shells = []string{"bash", "fish", "sh", "zsh"}

// giveTables is for tables of other extensions. haex names them as Alcove does;
// “any table” is given to nobody.
func giveTables(e haexEntry) []Permission {
	if e.target == "*" {
		return nil
	}
	return []Permission{{Resource: "db", Action: e.action, Target: e.target, Constraints: e.constraints}}
}

// giveFiles is for files. What is outside of the home folder, or named by a path
// of one computer, can only be picked.
func giveFiles(e haexEntry) []Permission {
	var target string
	switch {
	case e.target == "*":
		target = "{home}/**"
	case strings.HasPrefix(e.target, "*."):
		target = "{home}/**/" + e.target
	default:
		return nil
	}
	return []Permission{{Resource: "files", Action: e.action, Target: target, Constraints: e.constraints}}
}

// givePrograms is for programs, which haex runs in a terminal.
func givePrograms(e haexEntry) []Permission {
	programs := []string{e.target}
	if e.target == "*" {
		programs = shells
	}
	var out []Permission
	for _, program := range programs {
		out = append(out, Permission{Resource: "shell", Action: "terminal", Target: program, Constraints: e.constraints})
	}
	return out
}

// givePasswords is for the person's password items with a tag, or all of them.
func givePasswords(e haexEntry) []Permission {
	return []Permission{{Resource: "passwords", Action: e.action, Target: e.target, Constraints: e.constraints}}
}

// giveMail is for the person's mail accounts at a host or under a domain, or all
// of them.
func giveMail(e haexEntry) []Permission {
	return []Permission{{Resource: "mail", Action: e.action, Target: strings.ToLower(e.target), Constraints: e.constraints}}
}

// giveSpaces is for the one space there is: the vault.
func giveSpaces(e haexEntry) []Permission {
	return []Permission{{Resource: "spaces", Action: e.action, Constraints: e.constraints}}
}

func giveNotifications(e haexEntry) []Permission {
	return []Permission{{Resource: "notifications", Action: e.action, Constraints: e.constraints}}
}

// giveStorage is for the person's storages on S3. haex has one word for all of
// them.
func giveStorage(e haexEntry) []Permission {
	if e.target != "*" && e.target != "backends" {
		return nil
	}
	return []Permission{{Resource: "storage", Action: e.action, Target: "*", Constraints: e.constraints}}
}

// giveAddresses is for hosts. A bare domain means itself and what is under it.
// Where the host is one of the own network or this computer by its name, the
// permission to reach such a place comes with it.
func giveAddresses(e haexEntry) []Permission {
	constraints := e.constraints
	if e.action != "*" {
		with := Constraints{}
		if constraints != nil {
			with = *constraints
		}
		if with.Methods == nil {
			with.Methods = []string{e.action}
		}
		constraints = &with
	}
	var targets []string
	switch {
	case e.target == "*":
		targets = []string{"*"}
	case strings.Contains(e.target, "://"):
		targets = []string{address(e.target)}
	case strings.HasPrefix(e.target, "*."):
		targets = []string{"https://" + strings.ToLower(e.target) + "/*"}
	default:
		host := strings.ToLower(e.target)
		targets = []string{"https://" + host + "/*"}
		if WildcardBase(host) && strings.Contains(host, ".") {
			targets = append(targets, "https://*."+host+"/*")
		}
	}
	var out []Permission
	for _, target := range targets {
		out = append(out, Permission{Resource: "net", Action: "fetch", Target: target, Constraints: constraints})
		if near(target) {
			out = append(out, Permission{Resource: "net", Action: "private", Target: target})
		}
	}
	return out
}

// address is a pattern with a scheme as Alcove writes it: small letters in the
// host, a path, and after the first “/*” nothing.
func address(pattern string) string {
	scheme, rest, _ := strings.Cut(pattern, "://")
	host, path, _ := strings.Cut(rest, "/")
	if before, _, found := strings.Cut("/"+path, "/*"); found {
		path = strings.TrimPrefix(before+"/*", "/")
	}
	if strings.HasPrefix(host, "*.") && strings.Contains(path, "*") {
		path = "*" // haex looks at no path then
	}
	return strings.ToLower(scheme) + "://" + strings.ToLower(host) + "/" + path
}

// near reports whether a target names this computer or its network.
func near(target string) bool {
	u, err := url.Parse(strings.TrimSuffix(target, "*"))
	if err != nil {
		return false
	}
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local")
}

// visible replaces what cannot be seen, and puts a text on one line.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || Blank(r) {
			return '\ufffd'
		}
		return r
	}, s)
}
