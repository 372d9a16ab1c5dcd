package web

import "strings"

// hostPolicy is the Content-Security-Policy of the host page. frame-src names
// the path: with 'self' a frame could navigate itself to the host page.
func hostPolicy(origin string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' data: blob:",
		"font-src 'self'",
		"connect-src 'self'",
		"frame-src " + origin + "/_ext/",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"object-src 'none'",
	}, "; ")
}

// extensionPolicy is the Content-Security-Policy of one extension's files.
// The prefix is spelled out: in a frame with an opaque origin WebKitGTK matches
// 'self' to nothing, and another engine might match it to the host.
func extensionPolicy(origin, segment string) string {
	return framePolicy(origin, segment, "", "", nil)
}

// haexPolicy is that of a published haex extension's files. Inline are the
// scripts that may be written into the page. Beside them such pages hand in
// forms to themselves, which reaches nothing since form-action is 'none', and
// read what they made themselves by its address.
func haexPolicy(origin, segment string, inline []string) string {
	return framePolicy(origin, segment, " allow-forms", " blob: data:", inline)
}

func framePolicy(origin, segment, sandbox, connect string, inline []string) string {
	prefix := origin + "/_ext/" + segment + "/"
	return strings.Join([]string{
		"sandbox allow-scripts" + sandbox,
		"default-src 'none'",
		strings.Join(append([]string{"script-src " + prefix + " 'wasm-unsafe-eval' blob:"}, inline...), " "),
		"style-src " + prefix + " 'unsafe-inline'",
		"img-src " + prefix + " data: blob:",
		"font-src " + prefix + " data:",
		"media-src " + prefix + " data: blob:",
		"connect-src " + prefix + connect,
		"worker-src blob: " + prefix,
		"frame-src 'none'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors " + origin,
		"webrtc 'block'",
		"report-uri " + prefix + reportFile,
	}, "; ")
}

// features are the web permissions switched off by Permissions-Policy.
var features = []string{
	"accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read",
	"display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope",
	"hid", "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts",
	"magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture",
	"publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial",
	"storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking",
}

// permissions is the Permissions-Policy; the host page may fill the clipboard
// when a person presses a copy button, an extension may not even do that.
func permissions(clipboard string) string {
	return strings.Join(features, "=(), ") + "=(), clipboard-write=" + clipboard
}
