package permission

// The capabilities that a person sees: what a permission is about, whatever its
// action. They are the columns of the permissions page, in this order.
const (
	CapOwn           = "own"  // what the app keeps for itself
	CapApps          = "apps" // tables and methods of other apps
	CapNet           = "net"
	CapFiles         = "files"
	CapClipboard     = "clipboard"
	CapShell         = "shell"
	CapSecrets       = "secrets"
	CapPasswords     = "passwords"
	CapMail          = "mail"
	CapSpaces        = "spaces"
	CapStorage       = "storage"
	CapNotifications = "notifications"
	CapBackground    = "background"
)

// Own is the action of what needs no permission: an app's own tables and values.
const Own = "own"

// Capabilities are all of them in their order.
func Capabilities() []string {
	return []string{CapOwn, CapApps, CapNet, CapFiles, CapClipboard, CapShell, CapSecrets, CapPasswords, CapMail, CapSpaces, CapStorage, CapNotifications, CapBackground}
}

// CapabilityOf returns what a permission is about.
func CapabilityOf(k Key) string {
	switch {
	case k.Action == Own:
		return CapOwn
	case k.Resource == "db", k.Resource == "peers":
		return CapApps
	}
	return k.Resource
}
