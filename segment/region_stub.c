/* segment/region_stub.c - holds the room's place. */
typedef int ot_segment_room_is_empty;
