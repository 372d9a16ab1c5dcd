package haex

import "context"

// State is what Alcove does about a method.
type State string

// The states.
const (
	Works   State = "works"
	Refused State = "refused" // Alcove does not do it, on purpose
)

// Method is one that the SDK calls.
type Method struct {
	Name  string // on the wire
	SDK   string // what an author calls
	State State
	Needs string // the permission, or what it is about; "" for nothing
	Note  string // what an author has to know; a sentence or nothing
	run   func(*turn, context.Context) (Result, error)
}

// MethodTake is the page's own: it takes the events that wait for a frame.
const MethodTake = "events.take"

const (
	notePeople = "Alcove shares with no other people."
	noteNobody = "No host of this dialect answers it."
)

// Methods returns the method with each name. The map is the caller's own.
func Methods() map[string]*Method {
	all := make(map[string]*Method, len(Table))
	for i := range Table {
		all[Table[i].Name] = &Table[i]
	}
	return all
}

// Table is every method that is known, in the order in which it is written down.
var Table = []Method{
	{Name: MethodTake, SDK: "(the page itself)", State: Works, Note: "Takes the events that wait for the frame. Frames get 8000.", run: (*turn).take},
	{Name: "extension_context_get", SDK: "(at its start), context", State: Works, run: (*turn).context},

	{Name: "extension_database_query", SDK: "query, select, database.query, database.queryOne, database.count, ORM get and values", State: Works, Needs: "own tables; db", run: (*turn).query},
	{Name: "extension_database_execute", SDK: "execute, database.execute, insert, update, delete, ORM run and all", State: Works, Needs: "own tables; db", Note: "Tables are made by migrations only, so database.createTable and dropTable fail.", run: (*turn).execute},
	{Name: "extension_database_transaction", SDK: "database.transaction", State: Works, Needs: "own tables; db", run: (*turn).transaction},
	{Name: "extension_database_register_migrations", SDK: "registerMigrationsAsync", State: Works, Needs: "own tables", Note: "One that has run never changes; another text under its name is refused.", run: (*turn).migrate},

	{Name: "extension_web_storage_get_item", SDK: "storage.getItem", State: Works, Needs: "own values", run: (*turn).getItem},
	{Name: "extension_web_storage_set_item", SDK: "storage.setItem", State: Works, Needs: "own values", Note: "Durable, and the same in all windows.", run: (*turn).setItem},
	{Name: "extension_web_storage_remove_item", SDK: "storage.removeItem", State: Works, Needs: "own values", run: (*turn).removeItem},
	{Name: "extension_web_storage_clear", SDK: "storage.clear", State: Works, Needs: "own values", run: (*turn).clearItems},
	{Name: "extension_web_storage_keys", SDK: "storage.keys", State: Works, Needs: "own values", run: (*turn).keys},

	{Name: "extension_permissions_check_database", SDK: "permissions.checkDatabaseAsync", State: Works, Note: "Asks nobody.", run: (*turn).checkDatabase},
	{Name: "extension_permissions_check_web", SDK: "permissions.checkWebAsync", State: Works, Note: "Asks nobody.", run: (*turn).checkWeb},
	{Name: "extension_permissions_check_filesystem", SDK: "permissions.checkFilesystemAsync", State: Works, Note: "Asks nobody.", run: (*turn).checkFiles},

	{Name: "extension_web_fetch", SDK: "web.fetchAsync, fetchJsonAsync, fetchTextAsync, fetchBlobAsync", State: Works, Needs: "net.fetch", Note: "An answer has at most 24 MiB.", run: (*turn).fetch},
	{Name: "extension_web_open", SDK: "web.openAsync", State: Works, Needs: "net.fetch", Note: "In the window only; the person is asked each time.", run: (*turn).open},

	{Name: "extension_filesystem_read_file", SDK: "filesystem.readFile", State: Works, Needs: "files.read", run: (*turn).readFile},
	{Name: "extension_filesystem_write_file", SDK: "filesystem.writeFile", State: Works, Needs: "files.readWrite", run: (*turn).writeFile},
	{Name: "extension_filesystem_read_dir", SDK: "filesystem.readDir", State: Works, Needs: "files.read", run: (*turn).readDir},
	{Name: "extension_filesystem_exists", SDK: "filesystem.exists", State: Works, Needs: "files.read", run: (*turn).exists},
	{Name: "extension_filesystem_stat", SDK: "filesystem.stat", State: Works, Needs: "files.read", Note: "Without created.", run: (*turn).stat},
	{Name: "extension_filesystem_mkdir", SDK: "filesystem.mkdir", State: Works, Needs: "files.readWrite", run: (*turn).mkdir},
	{Name: "extension_filesystem_remove", SDK: "filesystem.remove", State: Works, Needs: "files.readWrite", run: (*turn).remove},
	{Name: "extension_filesystem_rename", SDK: "filesystem.rename", State: Works, Needs: "files.readWrite", run: (*turn).rename},
	{Name: "extension_filesystem_copy", SDK: "filesystem.copy", State: Works, Needs: "files.read, files.readWrite", run: (*turn).copy},
	{Name: "extension_filesystem_known_paths", SDK: "filesystem.knownPaths", State: Works, Note: "Only folders in which the app declares anything.", run: (*turn).knownPaths},
	{Name: "extension_filesystem_select_folder", SDK: "filesystem.selectFolder", State: Works, Needs: "files.pick", Note: "What is picked is granted.", run: (*turn).selectFolder},
	{Name: "extension_filesystem_select_file", SDK: "filesystem.selectFile", State: Works, Needs: "files.pick", Note: "What is picked is granted to be read.", run: (*turn).selectFile},
	{Name: "extension_filesystem_save_file", SDK: "filesystem.saveFileAsync", State: Works, Needs: "files.pick", run: (*turn).saveFile},
	{Name: "extension_filesystem_watch", SDK: "filesystem.watch", State: Works, Needs: "files.read", run: (*turn).watch},
	{Name: "extension_filesystem_unwatch", SDK: "filesystem.unwatch", State: Works, run: (*turn).unwatch},
	{Name: "extension_filesystem_is_watching", SDK: "filesystem.isWatching", State: Works, run: (*turn).isWatching},
	{Name: "extension_filesystem_open_file", SDK: "filesystem.openFileAsync", State: Refused, Note: "It would leave what the vault keeps in a file on the disk. Save it with a dialog."},
	{Name: "extension_filesystem_show_image", SDK: "filesystem.showImageAsync", State: Refused, Note: "Show it in the app."},

	{Name: "extension_shell_list_available", SDK: "shell.listAvailable", State: Works, Note: "Only programs that the app declares.", run: (*turn).listShells},
	{Name: "extension_shell_create", SDK: "shell.create", State: Works, Needs: "shell.terminal", Note: "With an environment of Alcove's own.", run: (*turn).createShell},
	{Name: "extension_shell_write", SDK: "shell.write", State: Works, run: (*turn).writeShell},
	{Name: "extension_shell_resize", SDK: "shell.resize", State: Works, run: (*turn).resizeShell},
	{Name: "extension_shell_close", SDK: "shell.close", State: Works, run: (*turn).closeShell},

	{Name: "extension_notifications_show", SDK: "notifications.show (SDK 3.3)", State: Works, Needs: "notifications.show", Note: "Title and body only; a click shows the app.", run: (*turn).notify},
	{Name: "extension_notifications_dismiss", SDK: "notifications.dismiss (SDK 3.3)", State: Works, Note: "One of the app's own that is still on the screen.", run: (*turn).dismiss},

	{Name: "extension_logging_write", SDK: "(no function)", State: Works, Note: "Kept as long as the app is open.", run: (*turn).logWrite},
	{Name: "extension_logging_read", SDK: "(no function)", State: Works, run: (*turn).logRead},
	{Name: "external_bridge_respond", SDK: "respondToExternalRequest, onExternalRequest", State: Works, Note: "Where the person lets a program on this computer ask the app. A frame answers its own requests only.", run: (*turn).respond},
	{Name: "ai_action_respond", SDK: "actions.register", State: Works, Note: "Alcove has no assistant, so there is never an action to answer.", run: (*turn).respondAction},

	{Name: "extension_password_list", SDK: "passwords.listAsync", State: Works, Needs: "passwords.read", Note: "Without icon and color, which items do not have here.", run: (*turn).listPasswords},
	{Name: "extension_password_read", SDK: "passwords.readAsync", State: Works, Needs: "passwords.read", Note: "Without icon, color, autofillAliases and expiresAt, which items do not have here.", run: (*turn).readPassword},
	{Name: "extension_password_create", SDK: "passwords.createAsync", State: Works, Needs: "passwords.readWrite", Note: "One tag at least; icon, color, autofillAliases and expiresAt are not kept.", run: (*turn).createPassword},
	{Name: "extension_password_update", SDK: "passwords.updateAsync", State: Works, Needs: "passwords.readWrite", Note: "The whole item, as with create.", run: (*turn).updatePassword},
	{Name: "extension_password_delete", SDK: "passwords.deleteAsync", State: Works, Needs: "passwords.readWrite", Note: "The person can have it back for 30 days.", run: (*turn).deletePassword},

	{Name: "extension_mail_list_mailboxes", SDK: "mail.listMailboxesAsync", State: Works, Needs: "mail.fetch", Note: "The account is the one of the vault with this host and user; its password is not the app's. Without counts, also where includeStatus asks for them.", run: (*turn).listMailboxes},
	{Name: "extension_mail_fetch_envelopes", SDK: "mail.fetchEnvelopesAsync", State: Works, Needs: "mail.fetch", Note: "At most 100 at once, those with the highest UIDs; references are in the message only.", run: (*turn).fetchEnvelopes},
	{Name: "extension_mail_fetch_message", SDK: "mail.fetchMessageAsync", State: Works, Needs: "mail.fetch", run: (*turn).fetchMessage},
	{Name: "extension_mail_set_flags", SDK: "mail.setFlagsAsync", State: Works, Needs: "mail.fetch", run: (*turn).setFlags},
	{Name: "extension_mail_move_messages", SDK: "mail.moveMessagesAsync", State: Works, Needs: "mail.fetch", run: (*turn).moveMessages},
	{Name: "extension_mail_append_message", SDK: "mail.appendMessageAsync", State: Works, Needs: "mail.fetch", Note: "At most 8 MiB with the call.", run: (*turn).appendMessage},
	{Name: "extension_mail_send_message", SDK: "mail.sendMessageAsync", State: Works, Needs: "mail.send", Note: "From the address of the account only.", run: (*turn).sendMessage},
	{Name: "extension_mail_build_rfc822", SDK: "mail.buildRfc822Async", State: Works, Needs: "mail.fetch", Note: "Without bcc.", run: (*turn).buildMessage},

	{Name: "extension_remote_storage_list_backends", SDK: "remoteStorage.backends.list", State: Works, Needs: "storage.read", Note: "Those that are allowed or the app's own; if there are none, the person is asked about theirs.", run: (*turn).listBackends},
	{Name: "extension_remote_storage_add_backend", SDK: "remoteStorage.backends.add", State: Works, Needs: "storage.readWrite", Note: "The person is asked each time; in the own network it needs net.private too. The storage is the app's own.", run: (*turn).addBackend},
	{Name: "extension_remote_storage_update_backend", SDK: "remoteStorage.backends.update", State: Works, Needs: "storage.readWrite", Note: "Its own only; the person is asked about another place.", run: (*turn).updateBackend},
	{Name: "extension_remote_storage_remove_backend", SDK: "remoteStorage.backends.remove", State: Works, Needs: "storage.readWrite", Note: "Its own only.", run: (*turn).removeBackend},
	{Name: "extension_remote_storage_test_backend", SDK: "remoteStorage.backends.test", State: Works, Needs: "storage.read", run: (*turn).testBackend},
	{Name: "extension_remote_storage_upload", SDK: "remoteStorage.upload", State: Works, Needs: "storage.readWrite", Note: "At most 8 MiB with the call, which is 6 MiB of data as base64.", run: (*turn).upload},
	{Name: "extension_remote_storage_download", SDK: "remoteStorage.download", State: Works, Needs: "storage.read", Note: "An object has at most 24 MiB.", run: (*turn).download},
	{Name: "extension_remote_storage_delete", SDK: "remoteStorage.delete", State: Works, Needs: "storage.readWrite", run: (*turn).deleteObject},
	{Name: "extension_remote_storage_list", SDK: "remoteStorage.list", State: Works, Needs: "storage.read", Note: "At most 10,000 objects; more is an error.", run: (*turn).listObjects},

	{Name: "extension_space_list", SDK: "spaces.listSpacesAsync", State: Works, Needs: "spaces.read", Note: "One: the vault, with the same id on all devices, and another for each app.", run: (*turn).listSpaces},
	{Name: "extension_space_assign", SDK: "spaces.assignAsync, assignRowAsync", State: Works, Needs: "spaces.readWrite", Note: "Own tables. Noted, and nothing is shared: those rows are on all devices of the person as it is.", run: (*turn).assign},
	{Name: "extension_space_unassign", SDK: "spaces.unassignAsync, unassignRowAsync", State: Works, Needs: "spaces.readWrite", run: (*turn).unassign},
	{Name: "extension_space_get_assignments", SDK: "spaces.getAssignmentsAsync", State: Works, Needs: "spaces.read", run: (*turn).getAssignments},

	{Name: "localsend_init", SDK: "localsend.init", State: Refused, Note: notePeople},
	{Name: "localsend_get_device_info", SDK: "localsend.getDeviceInfo", State: Refused, Note: notePeople},
	{Name: "localsend_set_alias", SDK: "localsend.setAlias", State: Refused, Note: notePeople},
	{Name: "localsend_get_settings", SDK: "localsend.getSettings", State: Refused, Note: notePeople},
	{Name: "localsend_set_settings", SDK: "localsend.setSettings", State: Refused, Note: notePeople},
	{Name: "localsend_start_discovery", SDK: "localsend.startDiscovery", State: Refused, Note: notePeople},
	{Name: "localsend_stop_discovery", SDK: "localsend.stopDiscovery", State: Refused, Note: notePeople},
	{Name: "localsend_get_devices", SDK: "localsend.getDevices", State: Refused, Note: notePeople},
	{Name: "localsend_scan_network", SDK: "localsend.scanNetwork", State: Refused, Note: notePeople},
	{Name: "localsend_start_server", SDK: "localsend.startServer", State: Refused, Note: notePeople},
	{Name: "localsend_stop_server", SDK: "localsend.stopServer", State: Refused, Note: notePeople},
	{Name: "localsend_get_server_status", SDK: "localsend.getServerStatus", State: Refused, Note: notePeople},
	{Name: "localsend_get_pending_transfers", SDK: "localsend.getPendingTransfers", State: Refused, Note: notePeople},
	{Name: "localsend_accept_transfer", SDK: "localsend.acceptTransfer", State: Refused, Note: notePeople},
	{Name: "localsend_reject_transfer", SDK: "localsend.rejectTransfer", State: Refused, Note: notePeople},
	{Name: "localsend_prepare_files", SDK: "localsend.prepareFiles", State: Refused, Note: notePeople},
	{Name: "localsend_send_files", SDK: "localsend.sendFiles", State: Refused, Note: notePeople},
	{Name: "localsend_cancel_send", SDK: "localsend.cancelSend", State: Refused, Note: notePeople},

	{Name: "extensions.getDependencies", SDK: "getDependencies", State: Refused, Note: noteNobody},
	{Name: "permissions.database.request", SDK: "requestDatabasePermission", State: Refused, Note: noteNobody},
	{Name: "permissions.database.check", SDK: "checkDatabasePermission", State: Refused, Note: noteNobody},
	{Name: "search.respond", SDK: "respondToSearch", State: Refused, Note: noteNobody},
}
