"""Which factors of a world of pictures and captions do contrastive codes hold?"""
