package extension

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Codes that callers and scripts tell apart.
const (
	CodeNotFound             = "extension.not_found"
	CodeDisabled             = "extension.disabled"
	CodeQuarantined          = "extension.quarantined"
	CodeDowngrade            = "extension.downgrade"
	CodeSameVersionDiffers   = "extension.same_version_differs"
	CodeSignatureDowngrade   = "extension.signature_downgrade"
	CodeDataFromOtherVersion = "extension.data_from_other_version"
	CodeReviewStale          = "extension.review_stale"
	CodeReviewUnknown        = "extension.review_unknown"
	CodeReviewBusy           = "extension.review_busy"
	CodeTooManyReviews       = "extension.too_many_reviews"
	CodeNeedsAcknowledgement = "extension.needs_acknowledgement"
	CodeChoiceUnknown        = "extension.choice_unknown"
	CodeTooManyGrants        = "extension.too_many_grants"
	CodeReplaced             = "extension.replaced"
	CodeDamaged              = "extension.damaged"
)

var (
	errNotFound = fault.New(CodeNotFound,
		"This vault has no such app. It may have been removed meanwhile.")
	errReviewStale = fault.New(CodeReviewStale,
		"This vault changed while the review was open, so what you read may no longer be right. Nothing was installed. Open the file again.")
	errReviewUnknown = fault.New(CodeReviewUnknown,
		"This review is no longer open. Nothing was installed by it since. Open the file again.")
	errReviewBusy = fault.New(CodeReviewBusy,
		"This app is being installed already. Wait until that is done.")
	errTooManyReviews = fault.New(CodeTooManyReviews,
		fmt.Sprintf("%d files wait for your review already. Install or cancel one of them, then open this file again.", maxPending))
	errNeedsAcknowledgement = fault.New(CodeNeedsAcknowledgement,
		"Another publisher's app in this vault has this name. Nothing was installed. Confirm in the review that you want both.")
	errTooManyGrants = fault.New(CodeTooManyGrants,
		"Alcove remembers no more choices for this app, because there are thousands already. Nothing was changed. Take some of them back in its permissions.")
	errReplaced = fault.New(CodeReplaced,
		"This app was updated or removed while it was open. Close it and open it again.")
)

func errChoiceUnknown(c Choice) *fault.Error {
	return fault.New(CodeChoiceUnknown, fmt.Sprintf(
		"There is no choice %q to make about %s.%s %q: the app does not ask for that, or not once. Nothing was changed.", c.Decision, c.Resource, c.Action, c.Target))
}

func errDisabled(title string) *fault.Error {
	return fault.New(CodeDisabled, title+" is switched off. Its data is kept. Switch it on to open it.")
}

func errQuarantined(title string, cause error) *fault.Error {
	return fault.Wrap(CodeQuarantined,
		"The stored files of "+title+" are no longer the ones you installed, so Alcove does not run it. Its data is kept. Install "+title+" again from its file.", cause)
}

func errDowngrade(title, version, installed string) *fault.Error {
	return fault.New(CodeDowngrade, fmt.Sprintf(
		"This file holds %s %s, and this vault has the newer %s, whose data an older version may not understand. Nothing was changed. To go back all the same, remove %s with its data first.", title, version, installed, title))
}

func errDataFromOtherVersion(title, version, kept string) *fault.Error {
	return fault.New(CodeDataFromOtherVersion, fmt.Sprintf(
		"This vault keeps data of %s %s, and this file holds the older %s, which may not understand it. Nothing was changed. Install %s or newer, or delete the kept data first.", title, kept, version, kept))
}

func errSameVersionDiffers(title, version string) *fault.Error {
	return fault.New(CodeSameVersionDiffers, fmt.Sprintf(
		"This vault has %s %s with other contents than this file, though every release has a version of its own. One of the two is not what it says, so nothing was changed. Ask the publisher for a newer version.", title, version))
}

func errSignatureDowngrade(title, version, installed string) *fault.Error {
	return fault.New(CodeSignatureDowngrade, fmt.Sprintf(
		"%s %s in this vault is signed file by file, and this file holds %s with the older signature, which others than the publisher can make fit other contents. Nothing was changed. Ask the publisher for a package with the newer signature. To install this one all the same, remove %s first; its data can stay.", title, installed, version, title))
}
