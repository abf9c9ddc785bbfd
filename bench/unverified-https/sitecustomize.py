# For img2dataset in bench:download: urllib accepts any certificate, like prep with --insecure-tls.
import ssl

ssl._create_default_https_context = ssl._create_unverified_context
