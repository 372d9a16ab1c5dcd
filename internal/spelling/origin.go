package spelling

import "net/url"

// Origin is what an address shares with all of its site: scheme, host and port,
// the latter two as they are written. It is "" for an address that has no host.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
