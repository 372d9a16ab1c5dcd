package bridge

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Faults an extension's author meets at the bridge itself.
var (
	errTooLarge      = fault.New("request.too_large", "The call is over a limit: 8 MiB, 32 levels or 400,000 values. Send it in parts.")
	errReplyTooLarge = fault.New("quota.bytes", "The answer is over 40 MB. Ask for less at a time, for example with LIMIT.")
	errEnded         = fault.New("session.ended", "This app's session has ended, because it was closed, the vault was locked or the app was removed. Open the app again.")
	errRate          = fault.New("quota.rate", "The app calls faster than 2,000 times a second. Wait a moment, and put work together, for example in db.transaction.")
	errHiddenRate    = fault.New("quota.rate", fmt.Sprintf("The app is out of sight, where it may call %d times a second, and %d times at once. Call less often there, or wait until the person opens it.", hiddenASecond, hiddenInABurst))
	errConcurrent    = fault.New("quota.calls", "64 calls of this app are running already. Wait for one to finish before making the next.")
	errWaiting       = fault.New("quota.waiting", "256 calls of this app are waiting already, for a person or for something outside. Wait for one to finish before making the next.")
	errDeadline      = fault.New("quota.time", "The call took longer than it may and was ended. Do less in one call.")
	errSessions      = fault.New("quota.sessions", "64 apps are open already. Close one, then open this one.")
	errHandles       = fault.New("quota.handles", "The app has as many things open as it may. Close a handle that is no longer needed with handle.close, or close the app and open it again.")
	errAllHandles    = fault.New("quota.handles", "All apps together have as many things open as this computer lets Alcove have. Close a handle that is no longer needed with handle.close, or close another app, then try again.")
	errHandle        = fault.New("handle.unknown", "There is no open handle with this number. It was closed, or never opened in this session. Open it again.")
	errUnreadable    = fault.New("handle.unreadable", "Nothing can be read from this handle, which is one to write to. Open another one to read.")
	errUnwritable    = fault.New("handle.unwritable", "Nothing can be written to this handle, which is one to read from. Open another one to write.")
	errCancelled     = fault.New("request.aborted", "The app gave this call up with call.cancel.")
	errUnfetched     = fault.New("quota.bytes", "More than 64 MB of answers wait for this app's frame. What was asked for was done, but its answer is lost. Ask for less at a time.")
	errFetched       = fault.New("request.fetched", "The answer to this call was fetched already, or its session has ended.")
	errUnknown       = fault.New("method.unknown", "There is no such method in this version of Alcove. Check its name, or name the version that has it under engines in alcove.json.")
	errUndeclared    = fault.New("permission.undeclared", "The app's manifest does not declare this permission, so it is refused without asking. Declare it in alcove.json.")
	errDenied        = fault.New("permission.denied", "The person has not allowed this. It can be changed on the app's page.")
	errForbidden     = fault.New("permission.policy", "This vault allows this to no app, whatever was decided about one. It can be changed in the vault's settings.")
	errDismissed     = fault.New("permission.dismissed", "The person was asked and did not answer, which is no for this time. Ask again when they do something that needs it.")
	errRevoked       = fault.New("permission.revoked", "What this needs is not allowed any more, so it was ended: the person took it back, or the time they gave it for is over. Ask again only when they do something that needs it.")
	errNoDesk        = fault.New("capability.unavailable", "This works in Alcove's window only. In a browser there is no desktop to do it; offer the person another way.")
)

func malformed(message string) *fault.Error { return fault.New("request.malformed", message) }
