package network

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// newTransport returns connections that are made by g. With pool they are kept
// for later requests and speak HTTP/2 where the server does; without, each
// serves one WebSocket.
func newTransport(g *guard, l limits, roots *x509.CertPool, pool bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(pool)
	return &http.Transport{
		Proxy:       nil, // nobody's environment decides where requests go
		DialContext: g.dialContext,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			RootCAs:    roots, // nil is those of the system
		},
		TLSHandshakeTimeout:    l.dial,
		Protocols:              protocols,
		DisableKeepAlives:      !pool,
		DisableCompression:     true, // unpacked here, where both sizes are counted
		MaxResponseHeaderBytes: l.head,
		MaxIdleConnsPerHost:    4,
		MaxIdleConns:           16,
		IdleConnTimeout:        time.Minute,
		ReadBufferSize:         32 << 10,
	}
}
