package bundle

import (
	"bytes"
	"encoding/binary"
)

// Icons of the kind favicon.ico is: several pictures in one file.
const (
	icoName = ".ico"
	icoType = "image/x-icon"

	icoHeader  = "\x00\x00\x01\x00"
	icoRecord  = 16
	maxICO     = 32 // pictures
	dibSize    = 40 // of the header of a bitmap
	pngPreface = "\x89PNG\r\n\x1a\n"
)

// icoProblem says why such a file could stall a window, or nothing. Its list
// says sizes up to 256, and its pictures can be larger than they say there.
func icoProblem(data []byte) string {
	if !bytes.HasPrefix(data, []byte(icoHeader)) || len(data) < 6 {
		return "is no icon file"
	}
	count := int(binary.LittleEndian.Uint16(data[4:]))
	if count == 0 || count > maxICO || len(data) < 6+count*icoRecord {
		return "does not say which pictures it holds"
	}
	for i := range count {
		record := data[6+i*icoRecord:]
		size, at := uint64(binary.LittleEndian.Uint32(record[8:])), uint64(binary.LittleEndian.Uint32(record[12:]))
		if at+size > uint64(len(data)) {
			return "does not hold the pictures it says"
		}
		width, height, ok := icoPicture(data[at : at+size])
		if !ok || width > maxIconSide || height > 2*maxIconSide {
			return "has a picture in it that is larger than 2048 by 2048 pixels, or does not say how large it is"
		}
	}
	return ""
}

// icoPicture reads the size of one picture: a PNG, or a bitmap, whose height
// counts its mask too.
func icoPicture(data []byte) (width, height uint32, ok bool) {
	if bytes.HasPrefix(data, []byte(pngPreface)) {
		return pictureSize(data, "image/png")
	}
	if len(data) < dibSize || binary.LittleEndian.Uint32(data) != dibSize {
		return 0, 0, false
	}
	return binary.LittleEndian.Uint32(data[4:]), binary.LittleEndian.Uint32(data[8:]), true
}
