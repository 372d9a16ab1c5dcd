package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// answer accepts what is sent to any address, so that a leak is not mistaken
// for an address that does not answer.
func answer(out *report) error {
	for _, port := range []string{":80", ":443", ":3478"} {
		l, err := net.Listen("tcp", port)
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					continue
				}
				go serve(c, out)
			}
		}()
	}
	names, err := net.ListenUDP("udp", &net.UDPAddr{Port: 53})
	if err != nil {
		return err
	}
	go resolve(names)
	return nil
}

// serve answers one request and says which it was.
func serve(c net.Conn, out *report) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	to, port, _ := net.SplitHostPort(c.LocalAddr().String())
	out.say(line{"at": "link", "kind": "http", "to": to, "port": port, "name": r.Host, "path": r.URL.Path})
	kind := "text/plain"
	switch {
	case strings.HasSuffix(r.URL.Path, ".js"):
		kind = "text/javascript"
	case r.Header.Get("Accept") == "text/event-stream":
		kind = "text/event-stream"
	}
	_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n" +
		"Content-Type: " + kind + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
}

// resolve answers every question for an address with the gateway's.
func resolve(names *net.UDPConn) {
	packet := make([]byte, 1500)
	for {
		n, from, err := names.ReadFromUDP(packet)
		if err != nil {
			continue
		}
		q := packet[:n]
		_, end := question(q)
		if end == nil {
			continue
		}
		kind := binary.BigEndian.Uint16(end)
		a := append([]byte{}, q[:2]...)
		a = append(a, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
		a = append(a, q[12:len(q)-len(end)+4]...)
		if kind == 1 {
			a[7] = 1
			a = append(a, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4)
			a = append(a, net.ParseIP(gateway4).To4()...)
		}
		_, _ = names.WriteToUDP(a, from)
	}
}

// question returns the first name a DNS message asks for, and what follows it;
// nil if it is none.
func question(m []byte) (string, []byte) {
	name, rest, err := labels(m)
	if err != nil {
		return "", nil
	}
	return name, rest
}

func labels(m []byte) (string, []byte, error) {
	if len(m) < 12 {
		return "", nil, errors.New("short")
	}
	var name []string
	for p := m[12:]; ; {
		if len(p) == 0 || int(p[0]) >= len(p) || p[0] > 63 {
			return "", nil, errors.New("short")
		}
		n := int(p[0])
		if n == 0 {
			if len(p) < 5 {
				return "", nil, errors.New("short")
			}
			return strings.Join(name, "."), p[1:], nil
		}
		name = append(name, string(p[1:1+n]))
		p = p[1+n:]
	}
}
