{"cassette":1,"target":"http://a","ignore":[]}
