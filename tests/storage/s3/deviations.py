"""Contract tests that fail on a server although the code is right: one line each.

The text says what the server answers, then why nothing can be done about it. A name without
`[parameter]` means that the test fails with every parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NEWLINE: Final = "PUT of a key with a newline: 404 Not Found. The key cannot be stored at all."
MOTO: Mapping[str, str] = {
    "TestNames::test_a_file_goes_there_and_back[newline]": NEWLINE,
    "TestNames::test_a_directory_goes_there_and_back[newline]": NEWLINE,
    "TestNames::test_what_others_wrote_is_found[newline]": NEWLINE,
    "TestNames::test_all_of_them_in_one_directory": NEWLINE,
    "TestDeleteMany::test_odd_names_do_not_spoil_the_rest": NEWLINE,
    "TestWalkKeys::test_odd_keys": NEWLINE,
    "TestUploads::test_odd_keys[newline]": NEWLINE,
}

NO_MARKER: Final = (
    "PUT of 'x/': 200, and a file 'x' stands there. Keys are files of a disk; tfm refuses to make"
    " directories there (Unsupported)."
)
ONE_NAME: Final = (
    "PUT of 'a' beside 'a/b': 500 InternalError. Keys are files of a disk, where a name is a file or"
    " a directory."
)
CLEANED: Final = (
    "PUT of a key with '//', '.', '..' or a leading '/': 400 InvalidArgument, Object name contains"
    " unsupported characters. The key cannot be stored at all."
)
LONG_SEGMENT: Final = (
    "PUT of a key with 700 bytes between slashes: 500 InternalError. Keys are files of a disk, whose"
    " names have at most 255 bytes."
)
ONE_FORM: Final = (
    "HEAD of the NFD form of a stored NFC key: 200. The server takes both forms for one name."
)
NO_CONDITION: Final = (
    "PUT with If-None-Match or If-Match of something else: 200. tfm looks first, which is not atomic:"
    " writers at the same moment all succeed."
)
TWO_ETAGS: Final = (
    "CompleteMultipartUpload: an ETag with the number of parts; HEAD afterwards: the MD5 of the whole."
    " The answer to the upload does not tell the ETag that the object has."
)

NO_TAGS: Final = (
    "PUT of 'a?tagging': 200, and the tags are stored as the object 'a'. tfm knows this server and"
    " refuses (Unsupported)."
)

NO_VERSIONS: Final = "ListObjectVersions, PutBucketVersioning: 501 NotImplemented. Nothing is kept there; the screen says so."

NO_SETTINGS: Final = "PUT of '?tagging' of a bucket: 409 BucketAlreadyExists. tfm knows this server and refuses (Unsupported)."

NO_LOCKS: Final = "GET of '?object-lock' of a bucket: a listing, or 501. There are no locks; tfm asks, and sends none."

RCLONE: Mapping[str, str] = {
    "TestLocks::test_retained_held_and_let_go": NO_LOCKS,
    "TestLocks::test_what_is_less_takes_a_bypass": NO_LOCKS,
    "TestLocks::test_for_good_is_never_less": NO_LOCKS,
    "TestLocks::test_what_is_missing_is_not_found": NO_LOCKS,
    "TestSettings::test_one_is_written_read_and_taken_away": NO_SETTINGS,
    "TestSettings::test_what_somebody_else_wrote_stays": NO_SETTINGS,
    "TestSettings::test_what_is_no_document_is_not_sent": NO_SETTINGS,
    "TestSettings::test_a_container_that_is_not_there": NO_SETTINGS,
    "TestSettings::test_one_who_gave_up_writes_nothing": NO_SETTINGS,
    "TestTags::test_they_are_written_and_read": NO_TAGS,
    "TestVersions::test_the_state_of_one_that_keeps_them": NO_VERSIONS,
    "TestVersions::test_the_newest_comes_first": NO_VERSIONS,
    "TestVersions::test_all_beneath_a_directory": NO_VERSIONS,
    "TestVersions::test_of_what_never_was_there_are_none": NO_VERSIONS,
    "TestVersions::test_each_has_its_bytes": NO_VERSIONS,
    "TestVersions::test_one_is_removed_and_the_others_stay": NO_VERSIONS,
    "TestVersions::test_without_its_mark_a_deleted_file_is_there_again": NO_VERSIONS,
    "TestVersions::test_many_at_once": NO_VERSIONS,
    "TestVersions::test_a_version_goes_back_to_its_place_by_the_server": NO_VERSIONS,
    "TestPast::test_what_is_there_now": NO_VERSIONS,
    "TestPast::test_nothing_of_it_can_be_changed": NO_VERSIONS,
    "TestPast::test_without_versions_it_says_that_something_may_be_missing": NO_VERSIONS,
    "TestPast::test_an_unknown_version": NO_VERSIONS,
    "TestPast::test_what_was_not_there_yet": NO_VERSIONS,
    "TestTags::test_what_is_missing_is_not_found": NO_TAGS,
    "test_the_ground_tells_the_truth": NO_MARKER,
    "TestScan::test_files_and_directories_come_once_with_kind_and_size": NO_MARKER,
    "TestScan::test_an_empty_directory_inside_is_entered": NO_MARKER,
    "TestScanKeys::test_a_marker_is_no_row_of_its_own_directory": NO_MARKER,
    "TestStat::test_an_empty_directory": NO_MARKER,
    "TestMkdir::test_it_exists_shows_and_is_empty": NO_MARKER,
    "TestMkdir::test_it_can_be_filled": NO_MARKER,
    "TestMkdir::test_who_was_told_that_it_is_not_there_learns_of_it": NO_MARKER,
    "TestMkdir::test_one_inside_another": NO_MARKER,
    "TestMkdir::test_an_empty_directory_is_not_made_again": NO_MARKER,
    "TestMkdir::test_the_beginning_of_a_name_is_not_the_name": NO_MARKER,
    "TestMkdirKeys::test_an_object_of_that_name_stays_beside_it": NO_MARKER,
    "TestMkdirKeys::test_parents_need_not_exist": NO_MARKER,
    "TestMkdirFreeNames::test_a_directory_with_an_empty_name": NO_MARKER,
    "TestMkdirFreeNames::test_dots_are_names": NO_MARKER,
    "TestDelete::test_an_empty_directory": NO_MARKER,
    "TestDelete::test_a_directory_we_made": NO_MARKER,
    "TestDelete::test_a_directory_with_an_empty_one_inside_stays": NO_MARKER,
    "TestDelete::test_neighbours_of_a_directory_stay": NO_MARKER,
    "TestDeleteKeys::test_an_object_leaves_the_directory_of_its_name": NO_MARKER,
    "TestDeleteKeys::test_a_directory_leaves_the_object_of_its_name": NO_MARKER,
    "TestDeleteKeys::test_a_marker_with_something_beneath_stays": NO_MARKER,
    "TestErrors::test_a_directory_in_the_way_of_a_directory": NO_MARKER,
    "TestNames::test_a_directory_goes_there_and_back": NO_MARKER,
    "TestKeys::test_a_marker_goes_there_and_back": NO_MARKER,
    "TestDeleteManyKeys::test_markers_and_objects_of_one_name_are_two": NO_MARKER,
    "TestDeleteManyKeys::test_markers_go_with_what_is_beneath": NO_MARKER,
    "TestWalk::test_markers_end_with_a_slash": NO_MARKER,
    "TestWalk::test_its_own_marker_has_the_empty_name": NO_MARKER,
    "TestServerCopy::test_into_another_directory": NO_MARKER,
    "TestThreads::test_eight_threads_with_names_of_their_own": NO_MARKER,
    "TestThreads::test_of_eight_that_make_one_directory_one_wins": NO_MARKER,
    "TestScanKeys::test_a_file_and_a_directory_of_one_name_are_two_rows": ONE_NAME,
    "TestStatKeys::test_object_and_directory_of_one_name_are_two_things": ONE_NAME,
    "TestReadKeys::test_the_object_beside_a_directory_of_its_name": ONE_NAME,
    "TestWriteKeys::test_an_object_may_have_the_name_of_a_directory": ONE_NAME,
    "TestScanFreeNames::test_an_empty_segment_is_a_directory_with_an_empty_name": CLEANED,
    "TestScanFreeNames::test_a_leading_slash_is_a_directory_with_an_empty_name": CLEANED,
    "TestScanFreeNames::test_dots_are_names": CLEANED,
    "TestStatFreeNames::test_empty_segments_count": CLEANED,
    "TestStatFreeNames::test_dots_are_not_resolved": CLEANED,
    "TestDeleteFreeNames::test_empty_segments_count": CLEANED,
    "TestDeleteFreeNames::test_dots_are_not_resolved": CLEANED,
    "TestDeleteManyKeys::test_odd_keys": CLEANED,
    "TestUploads::test_odd_keys[slashes]": CLEANED,
    "TestWalkKeys::test_odd_keys": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[dot]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[dot-dot]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[dot-dot-first]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[dot-dot-inside]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[dot-inside]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[empty-segment]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[two-empty-segments]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[leading-slash]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[only-slashes]": CLEANED,
    "TestKeys::test_a_key_goes_there_and_back[long-segment]": LONG_SEGMENT,
    "TestKeys::test_a_key_is_reached_by_walking[dot]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[dot-dot]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[dot-dot-first]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[dot-dot-inside]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[dot-inside]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[empty-segment]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[two-empty-segments]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[leading-slash]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[only-slashes]": CLEANED,
    "TestKeys::test_a_key_is_reached_by_walking[long-segment]": LONG_SEGMENT,
    "TestNames::test_two_forms_of_one_text_are_two_names": ONE_FORM,
    "TestThreads::test_of_eight_that_create_one_file_one_wins": NO_CONDITION,
    "TestThreads::test_of_eight_that_replace_one_file_one_wins": NO_CONDITION,
    "TestUpload::test_the_whole_arrives[large]": TWO_ETAGS,
}

NOT_THERE: Final = (
    "Listing of a prefix without keys: nothing. The test begins in a bucket elsewhere."
)
ANY_PREFIX: Final = "PUT of a key below another prefix: 200. The test begins in a bucket elsewhere."
BY_ENVIRONMENT: Final = "No request. The environment names the endpoint, so there is none to tell."
SOMEBODYS_SETTINGS: Final = "The bucket is somebody's: its settings are not for a test to change."
SOMEBODYS: Final = (
    "The bucket is somebody's: whether it keeps versions is not for a test to switch."
)

SOMEBODYS_ACCOUNT: Final = "The account is somebody's: a bucket with locks can be locked for years."

OWN: Mapping[str, str] = {
    "TestLocks::test_retained_held_and_let_go": SOMEBODYS_ACCOUNT,
    "TestLocks::test_what_is_less_takes_a_bypass": SOMEBODYS_ACCOUNT,
    "TestLocks::test_for_good_is_never_less": SOMEBODYS_ACCOUNT,
    "TestLocks::test_what_is_missing_is_not_found": SOMEBODYS_ACCOUNT,
    "TestSettings::test_one_is_written_read_and_taken_away": SOMEBODYS_SETTINGS,
    "TestSettings::test_what_somebody_else_wrote_stays": SOMEBODYS_SETTINGS,
    "TestSettings::test_what_is_no_document_is_not_sent": SOMEBODYS_SETTINGS,
    "TestSettings::test_a_container_that_is_not_there": SOMEBODYS_SETTINGS,
    "TestSettings::test_one_who_gave_up_writes_nothing": SOMEBODYS_SETTINGS,
    "TestVersions::test_the_state_of_one_that_keeps_them": SOMEBODYS,
    "TestVersions::test_the_newest_comes_first": SOMEBODYS,
    "TestVersions::test_all_beneath_a_directory": SOMEBODYS,
    "TestVersions::test_of_what_never_was_there_are_none": SOMEBODYS,
    "TestVersions::test_each_has_its_bytes": SOMEBODYS,
    "TestVersions::test_one_is_removed_and_the_others_stay": SOMEBODYS,
    "TestVersions::test_without_its_mark_a_deleted_file_is_there_again": SOMEBODYS,
    "TestVersions::test_many_at_once": SOMEBODYS,
    "TestVersions::test_a_version_goes_back_to_its_place_by_the_server": SOMEBODYS,
    "TestPast::test_what_is_there_now": SOMEBODYS,
    "TestPast::test_nothing_of_it_can_be_changed": SOMEBODYS,
    "TestPast::test_an_unknown_version": SOMEBODYS,
    "TestPast::test_what_was_not_there_yet": SOMEBODYS,
    "TestOutside::test_other_programs_learn_where_the_storage_is_and_no_secret": BY_ENVIRONMENT,
    "TestDelete::test_a_file": NOT_THERE,
    "TestMkdir::test_the_directory_we_began_with_is_there_already": NOT_THERE,
    "TestScan::test_an_empty_directory_has_no_rows": NOT_THERE,
    "TestStat::test_the_directory_we_began_with": NOT_THERE,
    "TestWalk::test_an_empty_place": NOT_THERE,
    "test_what_is_shown_is_what_is_there": NOT_THERE,
    "TestWriteKeys::test_a_missing_container_is_not_made": ANY_PREFIX,
}
"""On a prefix of a bucket, whoever serves it."""
