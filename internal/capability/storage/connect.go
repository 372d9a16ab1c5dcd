package storage

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
)

const (
	handshakeTime = 15 * time.Second
	headerTime    = time.Minute // until an answer begins
	maxHeaders    = 64 << 10
)

// on runs work with a client for one storage, of whose answers each has at most
// limit bytes.
func (c *Client) on(ctx context.Context, s *Server, limit int64, work func(context.Context, minio.Core) error) error {
	if s.Place() == "" {
		return errNowhere
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.time, errTime)
	defer cancel()
	for _, turns := range []chan struct{}{c.callsOf(s.Caller), c.open} {
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	scheme, host, _ := strings.Cut(s.Endpoint, "://")
	secure := scheme == "https"
	pool := &http.Transport{
		Proxy:                  nil, // nobody's environment decides where requests go
		DialContext:            s.Dial,
		TLSClientConfig:        &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    handshakeTime,
		ResponseHeaderTimeout:  headerTime,
		MaxResponseHeaderBytes: maxHeaders,
		DisableCompression:     true,
	}
	defer pool.CloseIdleConnections()
	lookup := minio.BucketLookupDNS
	if s.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(host, &minio.Options{
		Creds:  credentials.NewStaticV4(s.AccessKey, s.Secret, s.Token),
		Secure: secure, Region: s.Region, BucketLookup: lookup, MaxRetries: 1,
		Transport: &confined{pool, []string{host, s.Bucket + "." + host}, secure, limit},
	})
	if err != nil {
		return errNowhere
	}
	core.SetS3EnableDualstack(false) // which is another host
	return explain(ctx, work(ctx, *core))
}

// confined lets requests go to one server, and answers come from there only.
type confined struct {
	pool   http.RoundTripper
	hosts  []string
	secure bool
	limit  int64 // bytes of an answer
}

// RoundTrip does not follow redirects, and gives none to who would.
func (c *confined) RoundTrip(r *http.Request) (*http.Response, error) {
	if !slices.Contains(c.hosts, r.URL.Host) || (r.URL.Scheme == "https") != c.secure {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errElsewhere
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", network.UserAgent) // it is not signed, and would name the system
	if err := measure(r); err != nil {
		return nil, err
	}
	answer, err := c.pool.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		_ = answer.Body.Close()
		return nil, errElsewhere
	}
	answer.Body = &bounded{answer.Body, c.limit}
	return answer, nil
}

// maxSigned is how many bytes the signature of an empty object has.
const maxSigned = 1 << 10

// measure says how long a body is that the library made for an empty object: it
// holds the signature of nothing, and servers take none whose length they are not
// told.
func measure(r *http.Request) error {
	if r.ContentLength != 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	defer r.Body.Close()
	data, err := io.ReadAll(io.LimitReader(r.Body, maxSigned))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return err
}

// bounded is an answer of which only so much is read.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// logins are the codes of servers that do not let somebody in.
var logins = []string{
	"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AuthorizationHeaderMalformed",
	"AllAccessDisabled", "AccountProblem", "RequestTimeTooSkewed",
}

// explain says what an error is for the app. What the server said in words, and
// the address that was asked, go no further.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		switch f.Code {
		case "net.unreachable", "net.name", "net.timeout":
			return errUnreachable
		}
		return f
	}
	said, answered := errors.AsType[minio.ErrorResponse](err)
	_, verified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case verified || authority || alert || record || errors.Is(err, http.ErrSchemeMismatch):
		return errTLS
	case !answered:
		return errUnreachable
	case said.Code == "NoSuchBucket":
		return errNoBucket
	case said.Code == "NoSuchKey":
		return errNoObject
	case slices.Contains(logins, said.Code), said.StatusCode == http.StatusUnauthorized, said.StatusCode == http.StatusForbidden:
		return errLogin
	}
	return fault.New(errProtocol.Code, errProtocol.Message).With("status", said.StatusCode)
}
