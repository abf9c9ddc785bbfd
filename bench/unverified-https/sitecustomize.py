# bench:download, img2dataset over https: urllib takes any certificate, as prep does with --insecure-tls.
import ssl

ssl._create_default_https_context = ssl._create_unverified_context
