package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Faults an extension's author meets.
var (
	errPrivate = fault.New("net.private_refused", "The address belongs to this computer or to a network around it, which the app may reach only with the permission net.private. Declare that too, or use a public address.")
	errNever   = fault.New("net.address_refused", "The address is one that no single computer has, such as a multicast or a reserved one, so Alcove never connects to it. Use the address of the server itself.")

	errDowngrade     = fault.New("net.redirect_refused", "The server redirects from https to http, where everybody on the way can read along. Alcove does not follow it. Ask for an address whose answers stay encrypted.")
	errRedirectMode  = fault.New("net.redirect_refused", "The server redirects, and the app said that it must not (redirect: \"error\"). Ask for the address that it leads to, or follow redirects.")
	errManyRedirects = fault.New("net.redirects", "The server redirects more than 10 times. Ask for the address that it should end at.")

	errClosedBody  = fault.New("net.closed", "The answer was closed before it was read to its end. Fetch it again.")
	errTooLarge    = fault.New("net.too_large", "The answer is larger than the app may fetch. Ask the server for a part of it.")
	errHeaders     = fault.New("net.headers_too_large", "The headers of the answer are over 64 KiB, the most that Alcove reads. Only who runs the server can change that.")
	errHeaderTime  = fault.New("net.timeout", "The server did not answer in time: it is busy, or the connection is slow. Try again later.")
	errSilence     = fault.New("net.timeout", "The server stopped sending in the middle of its answer. Check the connection, then try again.")
	errTotal       = fault.New("net.timeout", "The request took longer than it may, 10 minutes or what the app asked for. Try again, ask for less at once, or allow more time.")
	errUnreachable = fault.New("net.unreachable", "The server cannot be reached: it does not answer, refuses the connection, or this computer is offline. Check the connection, then try again.")
	errName        = fault.New("net.name", "The name of the server is not known. Check how it is written, and whether this computer is online.")
	errTLS         = fault.New("net.tls", "The server did not prove who it is, or speaks no TLS of version 1.2 or later. Alcove does not connect without that. Check the address and the clock of this computer; otherwise only who runs the server can change it.")
	errProtocol    = fault.New("net.protocol", "The server's answer is not proper HTTP, or the connection broke. Try again, and check the address if it stays so.")
	errEncoding    = fault.New("net.protocol", "The answer says that it is packed with gzip or deflate, and is not. Try again; if it stays so, only who runs the server can change it.")
	errHandshake   = fault.New("net.handshake", "The server does not open a WebSocket at this address. Check the address, and what the server wants of those who connect.")
	errMessage     = fault.New("net.too_large", "A message of a WebSocket is at most 4 MiB. Send it in parts.")
	errSocketGone  = fault.New("net.closed", "The WebSocket is closed: one of the two sides ended it. Open it again.")
	errSocketWrite = fault.New("net.timeout", "The server does not take the message: it is busy, or the connection is slow. Open the WebSocket again.")

	errBusy   = fault.New("quota.network", "16 requests or 8 WebSockets of this app are open, and none ended in time. Read answers to their end, or close them.")
	errRate   = fault.New("quota.network", "The app makes more requests than it may, 50 a second. Wait a moment.")
	errClosed = fault.New("session.ended", "The app's session has ended, because it was closed, the vault was locked or the app was removed. Open the app again.")
)

func badAddress(format string, values ...any) *fault.Error {
	return fault.New("net.address", fmt.Sprintf(format, values...))
}

func badRequest(format string, values ...any) *fault.Error {
	return fault.New("net.request", fmt.Sprintf(format, values...))
}

// explain makes the fault that an app is told of an error of a connection. It
// names no address that a name stands for.
func explain(ctx context.Context, err error, host string) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return describe(err).With("host", host)
}

// describe finds the kind of an error.
func describe(err error) *fault.Error {
	wrap := func(f *fault.Error) *fault.Error { return fault.Wrap(f.Code, f.Message, err) }
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return wrap(errName)
		}
		return wrap(errUnreachable)
	}
	if why := tlsProblem(err); why != "" {
		return fault.Wrap(errTLS.Code, "The server did not prove who it is: "+why+" Alcove does not connect without that. Check the address and the clock of this computer; otherwise only who runs the server can change it.", err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return wrap(errUnreachable)
	}
	if isTLS(err) {
		return wrap(errTLS)
	}
	if strings.Contains(err.Error(), "server response headers exceeded") { // package http has no name for it
		return wrap(errHeaders)
	}
	return wrap(errProtocol)
}

// tlsProblem says in a sentence what is wrong with a certificate, or nothing.
func tlsProblem(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name."
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is signed by nobody whom this computer trusts."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "its certificate has expired, is not valid yet, or the clock of this computer is wrong."
		}
		return "its certificate is not valid."
	}
	return ""
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}
