package storage

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Test reports whether the server lets the storage be read.
func (c *Client) Test(ctx context.Context, s Server) error {
	_, _, err := c.List(ctx, s, "", "", 1)
	return err
}

// List returns the objects whose keys begin with prefix, in the order that the
// server has them in, from behind the key after on. More says that there are
// more than limit, which is at most MaxList. Keys that no object can be asked for
// by are passed over.
//
// Errors: storage.key, storage.no_bucket, storage.login and those of the
// connection.
func (c *Client) List(ctx context.Context, s Server, prefix, after string, limit int) (list []Object, more bool, err error) {
	begins, behind := s.within()+prefix, ""
	if after != "" {
		if behind, err = s.full(after); err != nil {
			return nil, false, err
		}
	}
	if err := CheckPrefix(begins); err != nil {
		return nil, false, err
	}
	list = []Object{}
	err = c.on(ctx, &s, maxAnswer, func(ctx context.Context, core minio.Core) error {
		o := minio.ListObjectsOptions{Prefix: begins, StartAfter: behind, Recursive: true, MaxKeys: min(limit+1, maxPage)}
		for o := range core.ListObjectsIter(ctx, s.Bucket, o) {
			if o.Err != nil {
				return o.Err
			}
			key, inside := strings.CutPrefix(o.Key, s.within())
			if !inside || !strings.HasPrefix(o.Key, begins) || CheckKey(key) != nil || CheckKey(o.Key) != nil || o.Size < 0 {
				continue
			}
			if len(list) == limit {
				more = true
				return nil
			}
			one := Object{Key: key, Size: o.Size}
			if at := o.LastModified; !at.IsZero() {
				one.Changed = at.UnixMilli()
			}
			list = append(list, one)
		}
		return ctx.Err()
	})
	return list, more, err
}

// Get returns an object. Errors: storage.key, storage.no_object,
// storage.too_large.
func (c *Client) Get(ctx context.Context, s Server, key string) (data []byte, err error) {
	if key, err = s.full(key); err != nil {
		return nil, err
	}
	err = c.on(ctx, &s, MaxDownload, func(ctx context.Context, core minio.Core) error {
		body, info, _, err := core.GetObject(ctx, s.Bucket, key, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer body.Close()
		if info.Size > MaxDownload {
			return errTooLarge
		}
		data, err = io.ReadAll(body)
		return err
	})
	return data, err
}

// Put writes an object, in place of one that has its key. Errors: storage.key,
// storage.too_large.
func (c *Client) Put(ctx context.Context, s Server, key string, data []byte) (err error) {
	if key, err = s.full(key); err != nil {
		return err
	}
	if len(data) > MaxUpload {
		return errTooLarge
	}
	return c.on(ctx, &s, maxAnswer, func(ctx context.Context, core minio.Core) error {
		_, err := core.Client.PutObject(ctx, s.Bucket, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{DisableMultipart: true})
		return err
	})
}

// Delete takes an object away. One that is not there is no error. Error:
// storage.key.
func (c *Client) Delete(ctx context.Context, s Server, key string) (err error) {
	if key, err = s.full(key); err != nil {
		return err
	}
	return c.on(ctx, &s, maxAnswer, func(ctx context.Context, core minio.Core) error {
		return core.RemoveObject(ctx, s.Bucket, key, minio.RemoveObjectOptions{})
	})
}
